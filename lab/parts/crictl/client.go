// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const (
	prefixV1       = "/runtime.v1."
	prefixV1alpha2 = "/runtime.v1alpha2."
	maxMessage     = 16 << 20
	queryLimit     = time.Minute
)

// session holds the connections of one invocation, made when first asked for.
type session struct {
	opts   options
	stdout io.Writer
	stderr io.Writer
	conns  map[string]*grpc.ClientConn
}

func (s *session) runtime(ctx context.Context) (cri.RuntimeServiceClient, error) {
	conn, err := s.connect(ctx, s.opts.runtimeEndpoint)
	if err != nil {
		return nil, err
	}
	return cri.NewRuntimeServiceClient(conn), nil
}

func (s *session) images(ctx context.Context) (cri.ImageServiceClient, error) {
	conn, err := s.connect(ctx, s.opts.imageEndpoint)
	if err != nil {
		return nil, err
	}
	return cri.NewImageServiceClient(conn), nil
}

func (s *session) connect(ctx context.Context, endpoint string) (*grpc.ClientConn, error) {
	if conn := s.conns[endpoint]; conn != nil {
		return conn, nil
	}
	path, err := socketPath(endpoint)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.timeout)
	defer cancel()
	dial := func(ctx context.Context, path string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	api := &apiVersion{prefix: prefixV1, endpoint: endpoint}
	if s.opts.debug {
		api.trace = s.stderr
	}
	conn, err := grpc.DialContext(ctx, "passthrough:///"+path,
		grpc.WithInsecure(), grpc.WithBlock(), grpc.FailOnNonTempDialError(true), grpc.WithContextDialer(dial),
		// Without it the socket's path becomes the HTTP/2 authority, which strict servers refuse.
		grpc.WithAuthority("localhost"),
		grpc.WithUnaryInterceptor(api.call),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)))
	if err != nil {
		return nil, fmt.Errorf("cannot connect to the container runtime at %s: %w", endpoint, err)
	}
	if s.conns == nil {
		s.conns = map[string]*grpc.ClientConn{}
	}
	s.conns[endpoint] = conn
	return conn, nil
}

func (s *session) close() {
	for _, conn := range s.conns {
		conn.Close()
	}
}

// apiVersion sends each call under the CRI version that the runtime speaks. The messages of v1 and v1alpha2 are the
// same on the wire, so only the path differs.
type apiVersion struct {
	prefix   string
	endpoint string
	trace    io.Writer
}

func (a *apiVersion) call(ctx context.Context, method string, req, reply interface{}, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if !takesLong(method) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, queryLimit)
		defer cancel()
	}
	rest := strings.TrimPrefix(method, prefixV1)
	err := a.invoke(ctx, rest, req, reply, conn, invoke, opts)
	if a.prefix != prefixV1 || !unknownService(err) {
		return err
	}
	a.prefix = prefixV1alpha2
	if err = a.invoke(ctx, rest, req, reply, conn, invoke, opts); unknownService(err) {
		return fmt.Errorf("%s speaks neither CRI v1 nor v1alpha2; is the runtime's CRI plugin enabled? %w", a.endpoint, err)
	}
	return err
}

func (a *apiVersion) invoke(ctx context.Context, rest string, req, reply interface{}, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts []grpc.CallOption) error {
	if a.trace != nil {
		fmt.Fprintf(a.trace, "call %s%s at %s\n", a.prefix, rest, a.endpoint)
	}
	return invoke(ctx, a.prefix+rest, req, reply, conn, opts...)
}

// unknownService tells a runtime without this API from one that lacks a single method of it.
func unknownService(err error) bool {
	return status.Code(err) == codes.Unimplemented && strings.Contains(status.Convert(err).Message(), "unknown service")
}

func takesLong(method string) bool {
	name := method[strings.LastIndex(method, "/")+1:]
	return name == "PullImage" || strings.HasPrefix(name, "Stop") || strings.HasPrefix(name, "Remove")
}
