// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sort"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// metrics counts under a name of its own, not under that of the server it stands for.
type metrics struct {
	mu        sync.Mutex
	responses map[[2]string]uint64
	failures  uint64
}

func newMetrics() *metrics { return &metrics{responses: map[[2]string]uint64{}} }

func (m *metrics) count(network string, rcode int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.responses[[2]string{network, dns.RcodeToString[rcode]}]++
}

func (m *metrics) failed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failures++
}

func (m *metrics) write(w io.Writer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fmt.Fprintf(w, "# TYPE kubewright_dns_build_info gauge\nkubewright_dns_build_info{version=%q} 1\n", version)
	fmt.Fprintf(w, "# TYPE kubewright_dns_forward_failures_total counter\nkubewright_dns_forward_failures_total %d\n", m.failures)
	fmt.Fprintln(w, "# TYPE kubewright_dns_responses_total counter")
	var lines []string
	for key, n := range m.responses {
		lines = append(lines, fmt.Sprintf("kubewright_dns_responses_total{proto=%q,rcode=%q} %d", key[0], key[1], n))
	}
	sort.Strings(lines)
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
}

type probes struct {
	servers []*http.Server
	failed  chan error
}

func startProbes(cfg *config, source *source, numbers *metrics) (*probes, error) {
	p := &probes{failed: make(chan error, 3)}
	pages := []struct {
		address, path string
		page          http.HandlerFunc
	}{
		{cfg.Health, "/health", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "OK") }},
		{cfg.Ready, "/ready", readyPage(source)},
		{cfg.Metrics, "/metrics", func(w http.ResponseWriter, _ *http.Request) { numbers.write(w) }},
	}
	for _, page := range pages {
		if page.address == "" {
			continue
		}
		listener, err := net.Listen("tcp", page.address)
		if err != nil {
			p.close()
			return nil, err
		}
		mux := http.NewServeMux()
		mux.HandleFunc(page.path, page.page)
		server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
		p.servers = append(p.servers, server)
		go func() { p.failed <- server.Serve(listener) }()
	}
	return p, nil
}

func readyPage(source *source) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if source.ready() {
			io.WriteString(w, "OK")
			return
		}
		http.Error(w, "kubernetes", http.StatusServiceUnavailable)
	}
}

func (p *probes) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, server := range p.servers {
		server.Shutdown(ctx)
	}
}
