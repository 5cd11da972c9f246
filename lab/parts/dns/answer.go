// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"net"
	"strings"

	"github.com/miekg/dns"
)

const schemaVersion = "1.1.0"

// reply is what the zones say to a question. Elsewhere tells that the question is not theirs; Chase is where a CNAME
// leads whose target the client still needs.
type reply struct {
	Rcode     int
	Answer    []dns.RR
	Ns        []dns.RR
	Extra     []dns.RR
	Elsewhere bool
	Chase     string
}

// answer follows the Kubernetes DNS specification, version 1.1.0. Without a snapshot the cluster is not known yet.
func answer(snap *snapshot, cfg *config, question dns.Question) reply {
	name := strings.ToLower(question.Name)
	zone := longestZone(cfg.Zones, name)
	if zone == "" {
		return reply{Elsewhere: true}
	}
	if snap == nil {
		return reply{Rcode: dns.RcodeServerFailure}
	}
	view := view{snap: snap, cfg: cfg, zone: zone}
	records, exists := view.records(name, question.Name)
	if !exists {
		if longestZone(cfg.Fallthrough, name) != "" {
			return reply{Elsewhere: true}
		}
		return reply{Rcode: dns.RcodeNameError, Ns: []dns.RR{view.soa()}}
	}
	return view.choose(records, question.Qtype)
}

func longestZone(zones []string, name string) string {
	longest := ""
	for _, zone := range zones {
		if dns.IsSubDomain(zone, name) && len(zone) > len(longest) {
			longest = zone
		}
	}
	return longest
}

// view is a snapshot seen as the records of one zone.
type view struct {
	snap *snapshot
	cfg  *config
	zone string
}

func (v view) choose(records []dns.RR, qtype uint16) reply {
	var r reply
	for _, rr := range records {
		if qtype == rr.Header().Rrtype || qtype == dns.TypeANY {
			r.Answer = append(r.Answer, rr)
		}
	}
	if len(r.Answer) == 0 {
		for _, rr := range records {
			if cname, ok := rr.(*dns.CNAME); ok {
				return reply{Answer: []dns.RR{cname}, Chase: cname.Target}
			}
		}
		return reply{Ns: []dns.RR{v.soa()}}
	}
	r.Extra = v.addressesOfTargets(r.Answer)
	return r
}

func (v view) addressesOfTargets(records []dns.RR) []dns.RR {
	var extra []dns.RR
	seen := map[string]bool{}
	for _, rr := range records {
		target := ""
		switch rr := rr.(type) {
		case *dns.SRV:
			target = rr.Target
		case *dns.NS:
			target = rr.Ns
		}
		if target == "" || seen[target] {
			continue
		}
		seen[target] = true
		found, _ := v.records(target, target)
		for _, rr := range found {
			if t := rr.Header().Rrtype; t == dns.TypeA || t == dns.TypeAAAA {
				extra = append(extra, rr)
			}
		}
	}
	return extra
}

// records gives all records of a name, whatever their type, and whether the name exists at all. They are owned by the
// name as the client wrote it.
func (v view) records(name, owner string) ([]dns.RR, bool) {
	all := dns.SplitDomainName(name)
	labels := all[:len(all)-dns.CountLabel(v.zone)]
	n := len(labels)
	switch {
	case n == 0:
		return v.apex(owner), true
	case isReverse(v.zone):
		return v.pointers(name, owner)
	case labels[n-1] == "svc":
		return v.service(labels[:n-1], owner)
	case labels[n-1] == "pod" && v.cfg.Pods:
		return v.pod(labels[:n-1], owner)
	case labels[n-1] == "dns":
		return v.nameServer(labels[:n-1], owner)
	case n == 1 && labels[0] == "dns-version":
		return []dns.RR{&dns.TXT{Hdr: v.header(owner, dns.TypeTXT), Txt: []string{schemaVersion}}}, true
	}
	return nil, false
}

func (v view) apex(owner string) []dns.RR {
	soa := v.soa().(*dns.SOA)
	soa.Hdr.Name = owner
	return []dns.RR{soa, &dns.NS{Hdr: v.header(owner, dns.TypeNS), Ns: soa.Ns}}
}

func (v view) soa() dns.RR {
	forward := v.forwardZone()
	return &dns.SOA{
		Hdr: v.header(v.zone, dns.TypeSOA), Ns: "ns.dns." + forward, Mbox: "hostmaster." + forward,
		Serial: v.snap.serial, Refresh: 7200, Retry: 1800, Expire: 86400, Minttl: v.cfg.TTL,
	}
}

// forwardZone is the zone that reverse lookups lead to.
func (v view) forwardZone() string {
	for _, zone := range v.cfg.Zones {
		if !isReverse(zone) {
			return zone
		}
	}
	return v.zone
}

// nameServer gives ns.dns.<zone>, the name in SOA and NS, the address of kubeadm's DNS service.
func (v view) nameServer(labels []string, owner string) ([]dns.RR, bool) {
	switch {
	case len(labels) == 0:
		return nil, true
	case len(labels) == 1 && labels[0] == "ns":
		if s := v.snap.services["kube-system/kube-dns"]; s != nil {
			return v.addresses(owner, s.clusterIPs), true
		}
		return nil, true
	}
	return nil, false
}

func (v view) service(labels []string, owner string) ([]dns.RR, bool) {
	n := len(labels)
	switch n {
	case 0:
		return nil, true
	case 1:
		return nil, v.snap.namespaces[labels[0]]
	}
	s := v.snap.services[labels[n-1]+"/"+labels[n-2]]
	if s == nil {
		return nil, false
	}
	switch rest := labels[:n-2]; {
	case len(rest) == 0:
		return v.serviceRecords(s, owner)
	case len(rest) == 1 && strings.HasPrefix(rest[0], "_"):
		return nil, s.hasProtocol(rest[0][1:])
	case len(rest) == 1:
		return v.endpointRecords(s, rest[0], owner)
	case len(rest) == 2 && strings.HasPrefix(rest[0], "_") && strings.HasPrefix(rest[1], "_"):
		return v.portRecords(s, rest[0][1:], rest[1][1:], owner)
	}
	return nil, false
}

// serviceRecords: a headless service without a ready endpoint does not exist, as the specification has it.
func (v view) serviceRecords(s *service, owner string) ([]dns.RR, bool) {
	if s.externalName != "" {
		return []dns.RR{&dns.CNAME{Hdr: v.header(owner, dns.TypeCNAME), Target: dns.Fqdn(s.externalName)}}, true
	}
	if !s.headless {
		return v.addresses(owner, s.clusterIPs), true
	}
	var ips []net.IP
	for _, e := range s.endpoints {
		ips = append(ips, e.ip)
	}
	return v.addresses(owner, ips), len(ips) > 0
}

func (v view) endpointRecords(s *service, hostname, owner string) ([]dns.RR, bool) {
	var ips []net.IP
	for _, e := range s.endpoints {
		if e.hostname == hostname {
			ips = append(ips, e.ip)
		}
	}
	return v.addresses(owner, ips), len(ips) > 0
}

func (v view) portRecords(s *service, name, protocol, owner string) ([]dns.RR, bool) {
	var records []dns.RR
	seen := map[dns.SRV]bool{}
	add := func(ports []port, target string) {
		for _, p := range ports {
			if p.name == "" || p.name != name || p.protocol != protocol {
				continue
			}
			srv := dns.SRV{Hdr: v.header(owner, dns.TypeSRV), Weight: 100, Port: p.number, Target: target + "." + v.zone}
			if !seen[srv] {
				seen[srv] = true
				records = append(records, &srv)
			}
		}
	}
	add(s.ports, s.name)
	for _, e := range s.endpoints {
		add(e.ports, e.hostname+"."+s.name)
	}
	return records, len(records) > 0
}

func (s *service) hasProtocol(protocol string) bool {
	all := append([]port{}, s.ports...)
	for _, e := range s.endpoints {
		all = append(all, e.ports...)
	}
	for _, p := range all {
		if p.name != "" && p.protocol == protocol {
			return true
		}
	}
	return false
}

// pod answers for any address in a namespace that exists ("pods insecure").
func (v view) pod(labels []string, owner string) ([]dns.RR, bool) {
	n := len(labels)
	if n == 0 {
		return nil, true
	}
	if n > 2 || !v.snap.namespaces[labels[n-1]] {
		return nil, false
	}
	if n == 1 {
		return nil, true
	}
	ip := podIP(labels[0])
	if ip == nil {
		return nil, false
	}
	return v.addresses(owner, []net.IP{ip}), true
}

func podIP(label string) net.IP {
	if strings.Count(label, "-") == 3 {
		if ip := net.ParseIP(strings.ReplaceAll(label, "-", ".")); ip != nil {
			return ip
		}
	}
	if !strings.Contains(label, "-") {
		return nil
	}
	return net.ParseIP(strings.ReplaceAll(label, "-", ":"))
}

func (v view) pointers(name, owner string) ([]dns.RR, bool) {
	ip := reverseIP(name)
	if ip == nil {
		return nil, false
	}
	var records []dns.RR
	for _, target := range v.snap.names[ip.String()] {
		records = append(records, &dns.PTR{Hdr: v.header(owner, dns.TypePTR), Ptr: target + "." + v.forwardZone()})
	}
	return records, len(records) > 0
}

func (v view) addresses(owner string, ips []net.IP) []dns.RR {
	var records []dns.RR
	seen := map[string]bool{}
	for _, ip := range ips {
		if seen[ip.String()] {
			continue
		}
		seen[ip.String()] = true
		if four := ip.To4(); four != nil {
			records = append(records, &dns.A{Hdr: v.header(owner, dns.TypeA), A: four})
		} else {
			records = append(records, &dns.AAAA{Hdr: v.header(owner, dns.TypeAAAA), AAAA: ip})
		}
	}
	return records
}

func (v view) header(owner string, rrtype uint16) dns.RR_Header {
	return dns.RR_Header{Name: owner, Rrtype: rrtype, Class: dns.ClassINET, Ttl: v.cfg.TTL}
}
