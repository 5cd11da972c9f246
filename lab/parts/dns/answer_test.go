// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"strings"
	"testing"

	"github.com/miekg/dns"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func namespace(name string) *v1.Namespace {
	return &v1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
}

func serviceObject(namespace, name string, spec v1.ServiceSpec) *v1.Service {
	return &v1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: spec}
}

var (
	testNamespaces = []*v1.Namespace{namespace("default"), namespace("kube-system"), namespace("empty")}
	testServices   = []*v1.Service{
		serviceObject("default", "kubernetes", v1.ServiceSpec{ClusterIP: "10.96.0.1",
			Ports: []v1.ServicePort{{Name: "https", Port: 443}}}),
		serviceObject("kube-system", "kube-dns", v1.ServiceSpec{ClusterIP: "10.96.0.10", ClusterIPs: []string{"10.96.0.10"},
			Ports: []v1.ServicePort{{Name: "dns", Port: 53, Protocol: v1.ProtocolUDP}, {Name: "dns-tcp", Port: 53}}}),
		serviceObject("default", "dual", v1.ServiceSpec{ClusterIP: "10.96.7.7", ClusterIPs: []string{"10.96.7.7", "fd00:10:96::7"},
			Ports: []v1.ServicePort{{Port: 80}}}),
		serviceObject("default", "six", v1.ServiceSpec{ClusterIP: "fd00:10:96::6"}),
		serviceObject("default", "pending", v1.ServiceSpec{}),
		serviceObject("default", "set", v1.ServiceSpec{ClusterIP: v1.ClusterIPNone, Ports: []v1.ServicePort{{Name: "peer", Port: 80}}}),
		serviceObject("default", "nobody", v1.ServiceSpec{ClusterIP: v1.ClusterIPNone}),
		serviceObject("default", "away", v1.ServiceSpec{Type: v1.ServiceTypeExternalName, ExternalName: "www.example.com"}),
	}
	testEndpoints = []*v1.Endpoints{
		{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "set"}, Subsets: []v1.EndpointSubset{{
			Addresses:         []v1.EndpointAddress{{IP: "10.244.1.5", Hostname: "set-0"}, {IP: "10.244.2.6"}, {IP: "fd00:10:244::5", Hostname: "set-0"}},
			NotReadyAddresses: []v1.EndpointAddress{{IP: "10.244.1.9", Hostname: "set-9"}},
			Ports:             []v1.EndpointPort{{Name: "peer", Port: 8080}},
		}}},
		{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "nobody"}, Subsets: []v1.EndpointSubset{{
			NotReadyAddresses: []v1.EndpointAddress{{IP: "10.244.1.9"}},
		}}},
		{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "kubernetes"}, Subsets: []v1.EndpointSubset{{
			Addresses: []v1.EndpointAddress{{IP: "192.0.2.1"}},
		}}},
	}
)

func testSnapshot() *snapshot {
	return newSnapshot(7, testNamespaces, testServices, testEndpoints)
}

func testConfig() *config {
	return &config{Zones: []string{"cluster.local.", "in-addr.arpa.", "ip6.arpa."}, TTL: 30, Pods: true,
		Fallthrough: []string{"in-addr.arpa.", "ip6.arpa."}}
}

// brief writes a record without owner, class and TTL.
func brief(records []dns.RR) []string {
	texts := []string{}
	for _, rr := range records {
		head := rr.Header().String()
		texts = append(texts, dns.TypeToString[rr.Header().Rrtype]+" "+strings.TrimPrefix(rr.String(), head))
	}
	return texts
}

func TestAnswersFollowTheSpecification(t *testing.T) {
	const noData, noName = "no data", "no name"
	for _, c := range []struct {
		name   string
		qtype  uint16
		answer string
		extra  string
	}{
		{"kubernetes.default.svc.cluster.local.", dns.TypeA, "A 10.96.0.1", ""},
		{"KuberNetes.default.SVC.cluster.local.", dns.TypeA, "A 10.96.0.1", ""},
		{"kubernetes.default.svc.cluster.local.", dns.TypeAAAA, noData, ""},
		{"kubernetes.default.svc.cluster.local.", dns.TypeSRV, noData, ""},
		{"kubernetes.default.svc.cluster.local.", dns.TypeANY, "A 10.96.0.1", ""},
		{"dual.default.svc.cluster.local.", dns.TypeA, "A 10.96.7.7", ""},
		{"dual.default.svc.cluster.local.", dns.TypeAAAA, "AAAA fd00:10:96::7", ""},
		{"six.default.svc.cluster.local.", dns.TypeA, noData, ""},
		{"six.default.svc.cluster.local.", dns.TypeAAAA, "AAAA fd00:10:96::6", ""},
		{"pending.default.svc.cluster.local.", dns.TypeA, noData, ""},
		{"absent.default.svc.cluster.local.", dns.TypeA, noName, ""},
		{"kubernetes.kube-system.svc.cluster.local.", dns.TypeA, noName, ""},
		{"kubernetes.default.cluster.local.", dns.TypeA, noName, ""},
		{"x.kubernetes.default.svc.cluster.local.", dns.TypeA, noName, ""},
		{"example.com.svc.cluster.local.", dns.TypeA, noName, ""},
		{"cluster.local.cluster.local.", dns.TypeA, noName, ""},

		{"set.default.svc.cluster.local.", dns.TypeA, "A 10.244.1.5 | A 10.244.2.6", ""},
		{"set.default.svc.cluster.local.", dns.TypeAAAA, "AAAA fd00:10:244::5", ""},
		{"set-0.set.default.svc.cluster.local.", dns.TypeA, "A 10.244.1.5", ""},
		{"set-0.set.default.svc.cluster.local.", dns.TypeAAAA, "AAAA fd00:10:244::5", ""},
		{"10-244-2-6.set.default.svc.cluster.local.", dns.TypeA, "A 10.244.2.6", ""},
		{"10-244-2-6.set.default.svc.cluster.local.", dns.TypeAAAA, noData, ""},
		{"set-9.set.default.svc.cluster.local.", dns.TypeA, noName, ""},
		{"nobody.default.svc.cluster.local.", dns.TypeA, noName, ""},

		{"away.default.svc.cluster.local.", dns.TypeA, "CNAME www.example.com.", ""},
		{"away.default.svc.cluster.local.", dns.TypeCNAME, "CNAME www.example.com.", ""},

		{"_https._tcp.kubernetes.default.svc.cluster.local.", dns.TypeSRV,
			"SRV 0 100 443 kubernetes.default.svc.cluster.local.", "A 10.96.0.1"},
		{"_https._udp.kubernetes.default.svc.cluster.local.", dns.TypeSRV, noName, ""},
		{"_https._tcp.kubernetes.default.svc.cluster.local.", dns.TypeA, noData, ""},
		{"_tcp.kubernetes.default.svc.cluster.local.", dns.TypeSRV, noData, ""},
		{"_udp.kubernetes.default.svc.cluster.local.", dns.TypeSRV, noName, ""},
		{"_dns._udp.kube-dns.kube-system.svc.cluster.local.", dns.TypeSRV,
			"SRV 0 100 53 kube-dns.kube-system.svc.cluster.local.", "A 10.96.0.10"},
		{"_._tcp.dual.default.svc.cluster.local.", dns.TypeSRV, noName, ""},
		{"_peer._tcp.set.default.svc.cluster.local.", dns.TypeSRV,
			"SRV 0 100 8080 set-0.set.default.svc.cluster.local. | SRV 0 100 8080 10-244-2-6.set.default.svc.cluster.local.",
			"A 10.244.1.5 | AAAA fd00:10:244::5 | A 10.244.2.6"},

		{"1.0.96.10.in-addr.arpa.", dns.TypePTR, "PTR kubernetes.default.svc.cluster.local.", ""},
		{"5.1.244.10.in-addr.arpa.", dns.TypePTR, "PTR set-0.set.default.svc.cluster.local.", ""},
		{"6.2.244.10.in-addr.arpa.", dns.TypePTR, "PTR 10-244-2-6.set.default.svc.cluster.local.", ""},
		{"7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa.", dns.TypePTR, "PTR dual.default.svc.cluster.local.", ""},
		{"1.0.96.10.in-addr.arpa.", dns.TypeA, noData, ""},

		{"10-244-1-5.default.pod.cluster.local.", dns.TypeA, "A 10.244.1.5", ""},
		{"10-244-1-5.default.pod.cluster.local.", dns.TypeAAAA, noData, ""},
		{"fd00-10-244--5.default.pod.cluster.local.", dns.TypeAAAA, "AAAA fd00:10:244::5", ""},
		{"10-244-1-5.absent.pod.cluster.local.", dns.TypeA, noName, ""},
		{"10-244-1-500.default.pod.cluster.local.", dns.TypeA, noName, ""},
		{"nginx.default.pod.cluster.local.", dns.TypeA, noName, ""},
		{"default.pod.cluster.local.", dns.TypeA, noData, ""},

		{"dns-version.cluster.local.", dns.TypeTXT, `TXT "1.1.0"`, ""},
		{"dns-version.cluster.local.", dns.TypeA, noData, ""},
		{"ns.dns.cluster.local.", dns.TypeA, "A 10.96.0.10", ""},
		{"cluster.local.", dns.TypeNS, "NS ns.dns.cluster.local.", "A 10.96.0.10"},
		{"cluster.local.", dns.TypeSOA, "SOA ns.dns.cluster.local. hostmaster.cluster.local. 7 7200 1800 86400 30", ""},
		{"cluster.local.", dns.TypeA, noData, ""},
		{"svc.cluster.local.", dns.TypeA, noData, ""},
		{"empty.svc.cluster.local.", dns.TypeA, noData, ""},
		{"absent.svc.cluster.local.", dns.TypeA, noName, ""},
	} {
		t.Run(c.name+" "+dns.TypeToString[c.qtype], func(t *testing.T) {
			r := answer(testSnapshot(), testConfig(), dns.Question{Name: c.name, Qtype: c.qtype, Qclass: dns.ClassINET})
			if r.Elsewhere {
				t.Fatal("was sent elsewhere")
			}
			got := strings.Join(brief(r.Answer), " | ")
			if len(r.Answer) == 0 {
				got = noData
				if r.Rcode == dns.RcodeNameError {
					got = noName
				}
				if len(r.Ns) != 1 || r.Ns[0].Header().Rrtype != dns.TypeSOA {
					t.Errorf("a negative answer without SOA: %v", r.Ns)
				}
			}
			if got != c.answer {
				t.Errorf("answer %q, expected %q", got, c.answer)
			}
			if extra := strings.Join(brief(r.Extra), " | "); extra != c.extra {
				t.Errorf("extra %q, expected %q", extra, c.extra)
			}
			for _, rr := range r.Answer {
				if rr.Header().Name != c.name || rr.Header().Ttl != 30 {
					t.Errorf("owner and TTL of %v", rr)
				}
			}
		})
	}
}

func TestQuestionsThatAreNotOurs(t *testing.T) {
	for _, name := range []string{"example.com.", "local.", "notcluster.local.", "1.2.0.192.in-addr.arpa.", "96.10.in-addr.arpa.", "1.ip6.arpa.", "."} {
		if r := answer(testSnapshot(), testConfig(), dns.Question{Name: name, Qtype: dns.TypeA, Qclass: dns.ClassINET}); !r.Elsewhere {
			t.Errorf("%s was answered: %+v", name, r)
		}
	}
}

func TestReverseZoneWithoutFallthroughIsOurs(t *testing.T) {
	cfg := testConfig()
	cfg.Fallthrough = nil
	r := answer(testSnapshot(), cfg, dns.Question{Name: "1.2.0.192.in-addr.arpa.", Qtype: dns.TypePTR})
	if r.Elsewhere || r.Rcode != dns.RcodeNameError || r.Ns[0].Header().Name != "in-addr.arpa." {
		t.Errorf("got %+v", r)
	}
}

func TestPodsDisabledKnowsNoPods(t *testing.T) {
	cfg := testConfig()
	cfg.Pods = false
	r := answer(testSnapshot(), cfg, dns.Question{Name: "10-244-1-5.default.pod.cluster.local.", Qtype: dns.TypeA})
	if r.Rcode != dns.RcodeNameError {
		t.Errorf("got %+v", r)
	}
}

func TestUnknownClusterIsAFailureNotAnAbsence(t *testing.T) {
	r := answer(nil, testConfig(), dns.Question{Name: "kubernetes.default.svc.cluster.local.", Qtype: dns.TypeA})
	if r.Rcode != dns.RcodeServerFailure {
		t.Errorf("got %+v", r)
	}
}

func TestExternalNameLeadsOn(t *testing.T) {
	r := answer(testSnapshot(), testConfig(), dns.Question{Name: "away.default.svc.cluster.local.", Qtype: dns.TypeA})
	if r.Chase != "www.example.com." {
		t.Errorf("leads to %q", r.Chase)
	}
}

func TestReverseIP(t *testing.T) {
	for name, expected := range map[string]string{
		"4.3.2.1.in-addr.arpa.":   "1.2.3.4",
		"3.2.1.in-addr.arpa.":     "<nil>",
		"5.4.3.2.1.in-addr.arpa.": "<nil>",
		"x.3.2.1.in-addr.arpa.":   "<nil>",
		"in-addr.arpa.":           "<nil>",
		"ip6.arpa.":               "<nil>",
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.":  "2001:db8::1",
		"g.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.":  "<nil>",
		"10.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.": "<nil>",
	} {
		if got := reverseIP(name).String(); got != expected {
			t.Errorf("%s is %s, expected %s", name, got, expected)
		}
	}
}
