// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
)

const (
	upstreamTimeout = 2 * time.Second
	loopProbeTries  = 5
)

var (
	errNoUpstream = errors.New("no upstream to ask")
	errBusy       = errors.New("too many queries under way")
)

// forwarder asks the upstreams one after the other, beginning with the one that answered last.
type forwarder struct {
	upstreams []*upstream
	slots     chan struct{}
	preferred int32
	probeName string
	detect    bool
}

type upstream struct {
	address string
	loops   int32
}

func newForwarder(cfg *config) (*forwarder, error) {
	own, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	random := make([]byte, 12)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	f := &forwarder{probeName: hex.EncodeToString(random) + ".kubewright-loop-probe.", detect: cfg.DetectLoops}
	if cfg.MaxConcurrent > 0 {
		f.slots = make(chan struct{}, cfg.MaxConcurrent)
	}
	for _, address := range cfg.Upstreams {
		if isSelf(address, cfg.Listen, own) {
			log.Printf("upstream %s is this server itself and is left out", address)
			continue
		}
		f.upstreams = append(f.upstreams, &upstream{address: address})
	}
	if len(f.upstreams) == 0 {
		log.Print("no upstream: names outside the cluster cannot be resolved")
	}
	return f, nil
}

// isSelf knows the direct loop: in a pod the node's 127.0.0.53 is the pod itself.
func isSelf(address, listen string, own []net.Addr) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if _, listenPort, err := net.SplitHostPort(listen); err != nil || port != listenPort {
		return false
	}
	ip := net.ParseIP(strings.SplitN(host, "%", 2)[0])
	if ip == nil || ip.IsLoopback() || ip.IsUnspecified() {
		return ip != nil
	}
	for _, address := range own {
		if network, ok := address.(*net.IPNet); ok && network.IP.Equal(ip) {
			return true
		}
	}
	return false
}

// exchange takes the first reply that settles the question. When all refuse or fail in words, the last of them is
// the reply; when none speaks, an error.
func (f *forwarder) exchange(ctx context.Context, query *dns.Msg, network string) (*dns.Msg, error) {
	if f.slots != nil {
		select {
		case f.slots <- struct{}{}:
			defer func() { <-f.slots }()
		default:
			return nil, errBusy
		}
	}
	var last *dns.Msg
	err := errNoUpstream
	first := int(atomic.LoadInt32(&f.preferred))
	for i := range f.upstreams {
		index := (first + i) % len(f.upstreams)
		up := f.upstreams[index]
		if atomic.LoadInt32(&up.loops) != 0 || ctx.Err() != nil {
			continue
		}
		response, failure := up.ask(ctx, query, "udp")
		// Some resolvers of small networks have no TCP, so it is for what UDP cannot carry.
		if failure == nil && response.Truncated && network == "tcp" {
			response, failure = up.ask(ctx, query, network)
		}
		if failure != nil {
			err = fmt.Errorf("upstream %s: %w", up.address, failure)
			continue
		}
		if settles(response.Rcode) {
			atomic.StoreInt32(&f.preferred, int32(index))
			return response, nil
		}
		last = response
	}
	if last != nil {
		return last, nil
	}
	return nil, err
}

func settles(rcode int) bool {
	return rcode != dns.RcodeServerFailure && rcode != dns.RcodeRefused && rcode != dns.RcodeNotImplemented
}

func (u *upstream) ask(ctx context.Context, query *dns.Msg, network string) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, upstreamTimeout)
	defer cancel()
	client := &dns.Client{Net: network, Timeout: upstreamTimeout}
	sent := query.Copy()
	sent.Id = dns.Id()
	response, _, err := client.ExchangeContext(ctx, sent, u.address)
	if err != nil {
		return nil, err
	}
	if !response.Response || len(response.Question) != 1 ||
		response.Question[0].Qtype != sent.Question[0].Qtype || !strings.EqualFold(response.Question[0].Name, sent.Question[0].Name) {
		return nil, errors.New("the reply is to another question")
	}
	return response, nil
}

// probeLoops sends each upstream a name that nobody else can know. If it comes back to us, the upstream asks us.
func (f *forwarder) probeLoops(ctx context.Context) {
	if !f.detect {
		return
	}
	for index, up := range f.upstreams {
		go func(index int, up *upstream) {
			query := new(dns.Msg).SetQuestion(fmt.Sprintf("u%d.%s", index, f.probeName), dns.TypeHINFO)
			for try := 0; try < loopProbeTries && ctx.Err() == nil; try++ {
				if _, err := up.ask(ctx, query, "udp"); err == nil {
					return
				}
				time.Sleep(upstreamTimeout)
			}
		}(index, up)
	}
}

// seesProbe takes note of a probe of our own that came in as a query.
func (f *forwarder) seesProbe(name string) bool {
	name = strings.ToLower(name)
	if !strings.HasSuffix(name, "."+f.probeName) {
		return false
	}
	for index, up := range f.upstreams {
		if name == fmt.Sprintf("u%d.%s", index, f.probeName) && atomic.SwapInt32(&up.loops, 1) == 0 {
			log.Printf("upstream %s forwards to this server and is left out from now on", up.address)
		}
	}
	return true
}
