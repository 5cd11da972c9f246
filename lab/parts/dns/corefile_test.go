// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestCorefileOfKubeadm(t *testing.T) {
	const text = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . 192.0.2.53 2001:db8::53 192.0.2.54:5353 {
       max_concurrent 1000
       policy random
    }
    cache 30 {
       disable success cluster.local
    }
    loop
    reload
    loadbalance
}
example.org:53 {
    forward . 192.0.2.1 # a stub domain
}
`
	cfg, err := parseCorefile(text)
	if err != nil {
		t.Fatal(err)
	}
	expected := &config{Listen: ":53", Health: ":8080", Lameduck: 5e9, Ready: ":8181", Metrics: ":9153",
		Zones: []string{"cluster.local.", "in-addr.arpa.", "ip6.arpa."}, TTL: 30, Pods: true,
		Fallthrough: []string{"in-addr.arpa.", "ip6.arpa."}, MaxConcurrent: 1000, Shuffle: true, DetectLoops: true,
		Upstreams: []string{"192.0.2.53:53", "[2001:db8::53]:53", "192.0.2.54:5353"},
		Notes: []string{`forward option "policy random" is passed over`, `directive "cache 30" is passed over`,
			`directive "reload" is passed over`, `server block "example.org:53" is passed over`}}
	if !reflect.DeepEqual(cfg, expected) {
		t.Errorf("got      %+v\nexpected %+v", cfg, expected)
	}
}

func TestCorefilesThatAreRefused(t *testing.T) {
	for text, expected := range map[string]string{
		"":                                   "no server block",
		"example.org {\n}\n":                 "no server block",
		".:53 {\n":                           "never closed",
		"}\n":                                "without an opening",
		".:53 {\nready\n}\n":                 "no kubernetes directive",
		".:53 {\n{\n}\n}\n":                  "without a name",
		".:53 {\nforward . dns.example\n}\n": "neither an address nor a file",
		".:53 {\nforward . /nonexistent\n}":  "no such file",
		".:53 {\nhealth {\nlameduck x\n}\n}": "lameduck",
		".:53 {\nkubernetes cluster.local {\nttl many\n}\n}":         "ttl",
		".:53 {\nforward . 192.0.2.1 {\nmax_concurrent many\n}\n}\n": "max_concurrent",
	} {
		if _, err := parseCorefile(text); err == nil || !strings.Contains(err.Error(), expected) {
			t.Errorf("%q: error %v, expected %q", text, err, expected)
		}
	}
}
