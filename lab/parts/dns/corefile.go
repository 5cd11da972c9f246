// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// config is what this server takes from a Corefile.
type config struct {
	Listen        string
	Health        string
	Lameduck      time.Duration
	Ready         string
	Metrics       string
	Zones         []string
	TTL           uint32
	Pods          bool
	Fallthrough   []string
	Upstreams     []string
	MaxConcurrent int
	Shuffle       bool
	DetectLoops   bool
	// Notes name what was found and passed over.
	Notes []string
}

// directive is one line of a Corefile with the lines in its braces.
type directive struct {
	words []string
	body  []directive
}

func parseCorefile(text string) (*config, error) {
	blocks, err := parseDirectives(text)
	if err != nil {
		return nil, err
	}
	var cfg *config
	var notes []string
	for _, block := range blocks {
		port, isRoot := rootPort(block.words)
		if !isRoot || cfg != nil {
			notes = append(notes, fmt.Sprintf("server block %q is passed over", strings.Join(block.words, " ")))
			continue
		}
		cfg = &config{Listen: ":" + port, TTL: 5}
		for _, d := range block.body {
			if err := cfg.apply(d); err != nil {
				return nil, err
			}
		}
	}
	if cfg == nil {
		return nil, fmt.Errorf("no server block for the root zone (.:53)")
	}
	if len(cfg.Zones) == 0 {
		return nil, fmt.Errorf("no kubernetes directive with a zone")
	}
	cfg.Notes = append(cfg.Notes, notes...)
	return cfg, nil
}

func parseDirectives(text string) ([]directive, error) {
	stack := []directive{{}}
	for number, line := range strings.Split(text, "\n") {
		if at := strings.Index(line, "#"); at >= 0 {
			line = line[:at]
		}
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case len(words) == 1 && words[0] == "}":
			if len(stack) == 1 {
				return nil, fmt.Errorf("line %d: closing brace without an opening one", number+1)
			}
			stack = closeTop(stack)
		case words[len(words)-1] == "{":
			stack = append(stack, directive{words: words[:len(words)-1]})
		default:
			top := &stack[len(stack)-1]
			top.body = append(top.body, directive{words: words})
		}
	}
	if len(stack) != 1 {
		return nil, fmt.Errorf("an opening brace is never closed")
	}
	return stack[0].body, nil
}

func closeTop(stack []directive) []directive {
	done := stack[len(stack)-1]
	stack = stack[:len(stack)-1]
	parent := &stack[len(stack)-1]
	parent.body = append(parent.body, done)
	return stack
}

// rootPort finds "." among the addresses of a server block.
func rootPort(addresses []string) (string, bool) {
	for _, address := range addresses {
		address = strings.TrimPrefix(strings.TrimSuffix(address, ","), "dns://")
		if address == "." {
			return "53", true
		}
		if strings.HasPrefix(address, ".:") {
			return address[2:], true
		}
	}
	return "", false
}

func (c *config) apply(d directive) error {
	if len(d.words) == 0 {
		return fmt.Errorf("a block without a name inside a server block")
	}
	args := d.words[1:]
	switch d.words[0] {
	case "health":
		return c.applyHealth(args, d.body)
	case "ready":
		c.Ready = firstArg(args, ":8181")
	case "prometheus":
		c.Metrics = firstArg(args, "localhost:9153")
	case "kubernetes":
		return c.applyKubernetes(args, d.body)
	case "forward":
		return c.applyForward(args, d.body)
	case "loadbalance":
		c.Shuffle = true
	case "loop":
		c.DetectLoops = true
	case "errors":
		// They are logged in any case.
	default:
		c.pass("directive", d)
	}
	return nil
}

func (c *config) pass(kind string, d directive) {
	c.Notes = append(c.Notes, fmt.Sprintf("%s %q is passed over", kind, strings.Join(d.words, " ")))
}

func (c *config) applyHealth(args []string, body []directive) error {
	c.Health = firstArg(args, ":8080")
	for _, d := range body {
		if len(d.words) != 2 || d.words[0] != "lameduck" {
			c.pass("health option", d)
			continue
		}
		var err error
		if c.Lameduck, err = time.ParseDuration(d.words[1]); err != nil {
			return fmt.Errorf("lameduck: %w", err)
		}
	}
	return nil
}

func (c *config) applyKubernetes(zones []string, body []directive) error {
	for _, zone := range zones {
		c.Zones = append(c.Zones, strings.ToLower(dns.Fqdn(zone)))
	}
	for _, d := range body {
		args := d.words[1:]
		switch d.words[0] {
		case "pods":
			c.Pods = len(args) == 1 && args[0] == "insecure"
			if !c.Pods {
				c.pass("kubernetes option", d)
			}
		case "ttl":
			ttl, err := strconv.ParseUint(firstArg(args, ""), 10, 16)
			if err != nil {
				return fmt.Errorf("ttl: %w", err)
			}
			c.TTL = uint32(ttl)
		case "fallthrough":
			for _, zone := range args {
				c.Fallthrough = append(c.Fallthrough, strings.ToLower(dns.Fqdn(zone)))
			}
			if len(args) == 0 {
				c.Fallthrough = []string{"."}
			}
		case "upstream":
			// Until CoreDNS 1.6 kubeadm wrote it; it changes nothing.
		default:
			c.pass("kubernetes option", d)
		}
	}
	return nil
}

func (c *config) applyForward(args []string, body []directive) error {
	if len(args) < 2 || args[0] != "." {
		c.pass("directive", directive{words: append([]string{"forward"}, args...)})
		return nil
	}
	for _, to := range args[1:] {
		upstreams, err := expandUpstream(to)
		if err != nil {
			return fmt.Errorf("forward: %w", err)
		}
		c.Upstreams = append(c.Upstreams, upstreams...)
	}
	for _, d := range body {
		if len(d.words) != 2 || d.words[0] != "max_concurrent" {
			c.pass("forward option", d)
			continue
		}
		var err error
		if c.MaxConcurrent, err = strconv.Atoi(d.words[1]); err != nil {
			return fmt.Errorf("max_concurrent: %w", err)
		}
	}
	return nil
}

// expandUpstream turns an address, or a file like resolv.conf, into addresses with ports.
func expandUpstream(to string) ([]string, error) {
	to = strings.TrimPrefix(to, "dns://")
	if strings.HasPrefix(to, "/") {
		file, err := dns.ClientConfigFromFile(to)
		if err != nil {
			return nil, err
		}
		var addresses []string
		for _, server := range file.Servers {
			addresses = append(addresses, net.JoinHostPort(server, file.Port))
		}
		return addresses, nil
	}
	if net.ParseIP(to) != nil {
		return []string{net.JoinHostPort(to, "53")}, nil
	}
	host, port, err := net.SplitHostPort(to)
	if err != nil || net.ParseIP(host) == nil {
		return nil, fmt.Errorf("%q is neither an address nor a file", to)
	}
	return []string{net.JoinHostPort(host, port)}, nil
}

func firstArg(args []string, standard string) string {
	if len(args) > 0 {
		return args[0]
	}
	return standard
}
