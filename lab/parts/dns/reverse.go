// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"net"
	"strings"

	"github.com/miekg/dns"
)

const (
	reverse4 = "in-addr.arpa."
	reverse6 = "ip6.arpa."
)

func isReverse(zone string) bool {
	return dns.IsSubDomain(reverse4, zone) || dns.IsSubDomain(reverse6, zone)
}

// reverseIP reads the address out of a lower-case reverse name; nil if it is not one whole address.
func reverseIP(name string) net.IP {
	if strings.HasSuffix(name, "."+reverse4) {
		labels := backwards(strings.TrimSuffix(name, "."+reverse4))
		if len(labels) != 4 {
			return nil
		}
		return net.ParseIP(strings.Join(labels, "."))
	}
	digits := backwards(strings.TrimSuffix(name, "."+reverse6))
	if len(digits) != 32 {
		return nil
	}
	var text strings.Builder
	for i, digit := range digits {
		if len(digit) != 1 {
			return nil
		}
		if i > 0 && i%4 == 0 {
			text.WriteByte(':')
		}
		text.WriteString(digit)
	}
	return net.ParseIP(text.String())
}

func backwards(name string) []string {
	labels := strings.Split(name, ".")
	for i, j := 0, len(labels)-1; i < j; i, j = i+1, j-1 {
		labels[i], labels[j] = labels[j], labels[i]
	}
	return labels
}
