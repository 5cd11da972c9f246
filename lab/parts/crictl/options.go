// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"sigs.k8s.io/yaml"
)

const (
	defaultConfig   = "/etc/crictl.yaml"
	defaultEndpoint = "unix:///run/containerd/containerd.sock"
	defaultTimeout  = 10 * time.Second
)

// options are the global ones. What the command line leaves open comes from the environment, then from the
// configuration file, then from the defaults.
type options struct {
	config          string
	runtimeEndpoint string
	imageEndpoint   string
	timeout         time.Duration
	debug           bool
}

type configFile struct {
	RuntimeEndpoint string `json:"runtime-endpoint"`
	ImageEndpoint   string `json:"image-endpoint"`
	Timeout         int    `json:"timeout"`
}

func (o *options) register(flags *pflag.FlagSet) {
	flags.StringVarP(&o.config, "config", "c", "", "configuration file (default "+defaultConfig+")")
	flags.StringVarP(&o.runtimeEndpoint, "runtime-endpoint", "r", "", "socket of the runtime service (default "+defaultEndpoint+")")
	flags.StringVarP(&o.imageEndpoint, "image-endpoint", "i", "", "socket of the image service (default: the runtime's)")
	flags.DurationVarP(&o.timeout, "timeout", "t", defaultTimeout, "how long to wait for the socket to answer")
	flags.BoolVarP(&o.debug, "debug", "D", false, "name each call on standard error")
}

func (o *options) complete(timeoutGiven bool) error {
	file, err := o.readConfig()
	if err != nil {
		return err
	}
	o.runtimeEndpoint = firstOf(o.runtimeEndpoint, os.Getenv("CONTAINER_RUNTIME_ENDPOINT"), file.RuntimeEndpoint, defaultEndpoint)
	o.imageEndpoint = firstOf(o.imageEndpoint, os.Getenv("IMAGE_SERVICE_ENDPOINT"), file.ImageEndpoint, o.runtimeEndpoint)
	if !timeoutGiven && file.Timeout > 0 {
		o.timeout = time.Duration(file.Timeout) * time.Second
	}
	return nil
}

func (o *options) readConfig() (configFile, error) {
	var file configFile
	named := firstOf(o.config, os.Getenv("CRI_CONFIG_FILE"))
	path := firstOf(named, defaultConfig)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && named == "" {
		return file, nil
	}
	if err != nil {
		return file, fmt.Errorf("cannot read the configuration: %w", err)
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return file, fmt.Errorf("%s is not a crictl configuration: %w", path, err)
	}
	return file, nil
}

// socketPath turns an endpoint into the path of its Unix socket.
func socketPath(endpoint string) (string, error) {
	path := endpoint
	switch {
	case strings.HasPrefix(endpoint, "unix://"):
		path = strings.TrimPrefix(endpoint, "unix://")
	case strings.HasPrefix(endpoint, "unix:"):
		path = strings.TrimPrefix(endpoint, "unix:")
	}
	if !strings.HasPrefix(path, "/") {
		return "", fmt.Errorf("endpoint %q is not a Unix socket; expected unix:///path/to.sock", endpoint)
	}
	return path, nil
}

func firstOf(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}
