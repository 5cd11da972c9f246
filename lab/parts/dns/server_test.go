// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
)

// testServer answers on the loopback for a cluster of plain objects.
type testServer struct {
	handler *handler
	client  *fake.Clientset
	address string
}

func startServer(t *testing.T, upstreams ...string) *testServer {
	t.Helper()
	cfg := testConfig()
	cfg.Listen, cfg.Upstreams, cfg.MaxConcurrent, cfg.DetectLoops = "127.0.0.1:0", upstreams, 10, true
	forwarder, err := newForwarder(cfg)
	if err != nil {
		t.Fatal(err)
	}
	client := fake.NewSimpleClientset(testObjects()...)
	h := &handler{cfg: cfg, source: newSource(client), forwarder: forwarder, metrics: newMetrics()}
	listeners, err := listen(cfg, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(listeners.close)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go h.source.run(ctx)
	eventually(t, "the cluster is known", h.source.ready)
	return &testServer{handler: h, client: client, address: listeners.udp.PacketConn.LocalAddr().String()}
}

func testObjects() []runtime.Object {
	var objects []runtime.Object
	for _, o := range testNamespaces {
		objects = append(objects, o)
	}
	for _, o := range testServices {
		objects = append(objects, o)
	}
	for _, o := range testEndpoints {
		objects = append(objects, o)
	}
	return objects
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (s *testServer) ask(t *testing.T, network, name string, qtype uint16) *dns.Msg {
	t.Helper()
	return s.exchange(t, network, new(dns.Msg).SetQuestion(name, qtype))
}

func (s *testServer) exchange(t *testing.T, network string, query *dns.Msg) *dns.Msg {
	t.Helper()
	response, _, err := (&dns.Client{Net: network, Timeout: 6 * time.Second}).Exchange(query, s.address)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// startUpstream serves one address record for any name, as many as the name's first label says.
func startUpstream(t *testing.T, rcode int) (string, *int32) {
	t.Helper()
	var asked int32
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stream, err := net.Listen("tcp", packets.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	reply := dns.HandlerFunc(func(w dns.ResponseWriter, request *dns.Msg) {
		atomic.AddInt32(&asked, 1)
		m := new(dns.Msg).SetRcode(request, rcode)
		n := 1
		fmt.Sscanf(request.Question[0].Name, "n%d.", &n)
		for i := 0; i < n && rcode == dns.RcodeSuccess; i++ {
			rr, _ := dns.NewRR(fmt.Sprintf("%s 60 A 192.0.2.%d", request.Question[0].Name, i+1))
			m.Answer = append(m.Answer, rr)
		}
		if opt := request.IsEdns0(); opt != nil {
			m.SetEdns0(4096, false)
		}
		m.Compress = true
		fit(m, sizeLimit(request, w.RemoteAddr().Network()))
		w.WriteMsg(m)
	})
	for _, server := range []*dns.Server{{PacketConn: packets, Handler: reply}, {Listener: stream, Handler: reply}} {
		server := server
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		go server.ActivateAndServe()
		<-started
		t.Cleanup(func() { server.Shutdown() })
	}
	return packets.LocalAddr().String(), &asked
}

func TestBothTransportsAnswer(t *testing.T) {
	s := startServer(t)
	for _, network := range []string{"udp", "tcp"} {
		r := s.ask(t, network, "kubernetes.default.svc.cluster.local.", dns.TypeA)
		if got := strings.Join(brief(r.Answer), " "); got != "A 10.96.0.1" || !r.Authoritative {
			t.Errorf("%s: %v", network, r)
		}
		r = s.ask(t, network, "absent.default.svc.cluster.local.", dns.TypeA)
		if r.Rcode != dns.RcodeNameError || len(r.Ns) != 1 {
			t.Errorf("%s: %v", network, r)
		}
	}
}

func TestChangesOfTheClusterAreFollowed(t *testing.T) {
	s := startServer(t)
	fresh := serviceObject("default", "fresh", v1.ServiceSpec{ClusterIP: "10.96.3.3"})
	services := s.client.CoreV1().Services("default")
	answers := func(n int) func() bool {
		return func() bool { return len(s.ask(t, "udp", "fresh.default.svc.cluster.local.", dns.TypeA).Answer) == n }
	}
	if _, err := services.Create(context.Background(), fresh, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new service has an address", answers(1))
	if err := services.Delete(context.Background(), "fresh", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the service is gone", answers(0))
}

func TestOtherNamesAreForwarded(t *testing.T) {
	upstream, _ := startUpstream(t, dns.RcodeSuccess)
	s := startServer(t, upstream)
	for _, network := range []string{"udp", "tcp"} {
		r := s.ask(t, network, "www.example.com.", dns.TypeA)
		if got := strings.Join(brief(r.Answer), " "); got != "A 192.0.2.1" || r.Authoritative || !r.RecursionAvailable {
			t.Errorf("%s: %v", network, r)
		}
	}
}

func TestLongAnswersOfUpstreamsComeByTCP(t *testing.T) {
	upstream, _ := startUpstream(t, dns.RcodeSuccess)
	s := startServer(t, upstream)
	if r := s.ask(t, "udp", "n200.example.com.", dns.TypeA); !r.Truncated {
		t.Errorf("whole by UDP: %v", r)
	}
	if r := s.ask(t, "tcp", "n200.example.com.", dns.TypeA); r.Truncated || len(r.Answer) != 200 {
		t.Errorf("%d answers by TCP, truncated %v", len(r.Answer), r.Truncated)
	}
}

func TestExternalNameIsFollowedUpstream(t *testing.T) {
	upstream, _ := startUpstream(t, dns.RcodeSuccess)
	s := startServer(t, upstream)
	r := s.ask(t, "udp", "away.default.svc.cluster.local.", dns.TypeA)
	if got := strings.Join(brief(r.Answer), " | "); got != "CNAME www.example.com. | A 192.0.2.1" {
		t.Errorf("%v", r)
	}
}

func TestNextUpstreamIsTakenAndRemembered(t *testing.T) {
	refusing, refused := startUpstream(t, dns.RcodeRefused)
	good, _ := startUpstream(t, dns.RcodeSuccess)
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	s := startServer(t, silent.LocalAddr().String(), refusing, good)
	for i := 0; i < 2; i++ {
		if r := s.ask(t, "udp", "www.example.com.", dns.TypeA); len(r.Answer) != 1 {
			t.Fatalf("%v", r)
		}
	}
	if n := atomic.LoadInt32(refused); n != 1 {
		t.Errorf("the refusing upstream was asked %d times, expected once", n)
	}
}

func TestNoUpstreamIsAServerFailure(t *testing.T) {
	s := startServer(t)
	if r := s.ask(t, "udp", "www.example.com.", dns.TypeA); r.Rcode != dns.RcodeServerFailure {
		t.Errorf("%v", r)
	}
}

func TestRefusalOfTheLastUpstreamIsPassedOn(t *testing.T) {
	refusing, _ := startUpstream(t, dns.RcodeRefused)
	s := startServer(t, refusing)
	if r := s.ask(t, "udp", "www.example.com.", dns.TypeA); r.Rcode != dns.RcodeRefused {
		t.Errorf("%v", r)
	}
}

func TestLongAnswersAreTruncatedOverUDPAlone(t *testing.T) {
	upstream, _ := startUpstream(t, dns.RcodeSuccess)
	s := startServer(t, upstream)
	subset := v1.EndpointSubset{}
	for i := 0; i < 200; i++ {
		subset.Addresses = append(subset.Addresses, v1.EndpointAddress{IP: fmt.Sprintf("10.244.9.%d", i)})
	}
	many := &v1.Endpoints{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "set"}, Subsets: []v1.EndpointSubset{subset}}
	if _, err := s.client.CoreV1().Endpoints("default").Update(context.Background(), many, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	const name = "set.default.svc.cluster.local."
	eventually(t, "all endpoints by TCP", func() bool { return len(s.ask(t, "tcp", name, dns.TypeA).Answer) == 200 })
	for size, expected := range map[uint16]int{0: 512, 100: 512, 900: 900, 4096: maxUDP} {
		query := new(dns.Msg).SetQuestion(name, dns.TypeA)
		if size > 0 {
			query.SetEdns0(size, false)
		}
		r := s.exchange(t, "udp", query)
		r.Compress = true
		if n := packedSize(r); !r.Truncated || n > expected || n < expected-16 || (size > 0) != (r.IsEdns0() != nil) {
			t.Errorf("offered %d: %d bytes, expected just under %d; truncated %v", size, n, expected, r.Truncated)
		}
	}
}

func TestUnknownEDNSVersionIsRefused(t *testing.T) {
	s := startServer(t)
	query := new(dns.Msg).SetQuestion("cluster.local.", dns.TypeSOA).SetEdns0(1232, false)
	query.IsEdns0().SetVersion(1)
	if r := s.exchange(t, "udp", query); r.Rcode != dns.RcodeBadVers {
		t.Errorf("%v", r)
	}
}

func TestQuestionsThatAreRefused(t *testing.T) {
	s := startServer(t)
	transfer := new(dns.Msg).SetQuestion("cluster.local.", dns.TypeAXFR)
	chaos := new(dns.Msg).SetQuestion("version.bind.", dns.TypeTXT)
	chaos.Question[0].Qclass = dns.ClassCHAOS
	notify := new(dns.Msg).SetNotify("cluster.local.")
	for query, expected := range map[*dns.Msg]int{transfer: dns.RcodeRefused, chaos: dns.RcodeRefused, notify: dns.RcodeNotImplemented} {
		if r := s.exchange(t, "udp", query); r.Rcode != expected {
			t.Errorf("%v", r)
		}
	}
}

func TestUpstreamThatLeadsBackIsLeftOut(t *testing.T) {
	// The relay plays the node's resolver that in turn asks the cluster's DNS.
	var target atomic.Value
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	relay := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, request *dns.Msg) {
		if response, _, err := (&dns.Client{}).Exchange(request, target.Load().(string)); err == nil {
			w.WriteMsg(response)
		}
	})}
	s := startServer(t, packets.LocalAddr().String())
	target.Store(s.address)
	go relay.ActivateAndServe()
	defer packets.Close()
	s.handler.forwarder.probeLoops(context.Background())
	eventually(t, "the loop is found", func() bool { return atomic.LoadInt32(&s.handler.forwarder.upstreams[0].loops) == 1 })
	if r := s.ask(t, "udp", "www.example.com.", dns.TypeA); r.Rcode != dns.RcodeServerFailure {
		t.Errorf("%v", r)
	}
}

func TestDirectLoopsAreKnown(t *testing.T) {
	own := []net.Addr{&net.IPNet{IP: net.ParseIP("10.244.0.3"), Mask: net.CIDRMask(24, 32)}}
	for address, expected := range map[string]bool{
		"127.0.0.53:53": true, "[::1]:53": true, "10.244.0.3:53": true, "0.0.0.0:53": true,
		"127.0.0.1:5353": false, "10.244.0.4:53": false, "[fe80::1%eth0]:53": false,
	} {
		if got := isSelf(address, ":53", own); got != expected {
			t.Errorf("%s: %v", address, got)
		}
	}
}

func TestReadyOnlyBetweenSyncAndRetirement(t *testing.T) {
	s := newSource(fake.NewSimpleClientset())
	status := func() int {
		w := httptest.NewRecorder()
		readyPage(s)(w, httptest.NewRequest("GET", "/ready", nil))
		return w.Code
	}
	if got := status(); got != http.StatusServiceUnavailable {
		t.Errorf("before: %d", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go s.run(ctx)
	eventually(t, "ready", func() bool { return status() == http.StatusOK })
	s.retire()
	if got := status(); got != http.StatusServiceUnavailable {
		t.Errorf("after: %d", got)
	}
}

func TestMetricsNameTheirOwnServer(t *testing.T) {
	m := newMetrics()
	m.count("udp", dns.RcodeSuccess)
	m.count("udp", dns.RcodeSuccess)
	m.failed()
	var text strings.Builder
	m.write(&text)
	for _, line := range []string{`kubewright_dns_responses_total{proto="udp",rcode="NOERROR"} 2`, "kubewright_dns_forward_failures_total 1"} {
		if !strings.Contains(text.String(), line+"\n") {
			t.Errorf("%q is not in:\n%s", line, text.String())
		}
	}
}
