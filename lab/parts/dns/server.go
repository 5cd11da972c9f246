// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"context"
	"errors"
	"log"
	"math/rand"
	"net"
	"sort"
	"time"

	"github.com/miekg/dns"
)

const (
	// The size that passes any path without fragments (DNS flag day 2020).
	maxUDP = 1232
	// Clients give up after five seconds; an answer later than that is for nobody.
	queryLimit = 4500 * time.Millisecond
	// A CNAME of the cluster may lead to another one of it.
	maxChase = 8
)

type handler struct {
	cfg       *config
	source    *source
	forwarder *forwarder
	metrics   *metrics
}

func (h *handler) ServeDNS(w dns.ResponseWriter, request *dns.Msg) {
	network := w.RemoteAddr().Network()
	ctx, cancel := context.WithTimeout(context.Background(), queryLimit)
	defer cancel()
	response := h.respond(ctx, request, network)
	fit(response, sizeLimit(request, network))
	h.metrics.count(network, response.Rcode)
	if err := w.WriteMsg(response); err != nil {
		log.Printf("reply to %s: %v", w.RemoteAddr(), err)
	}
}

func (h *handler) respond(ctx context.Context, request *dns.Msg, network string) *dns.Msg {
	response := new(dns.Msg).SetReply(request)
	response.RecursionAvailable = true
	response.Compress = true
	if opt := request.IsEdns0(); opt != nil {
		response.SetEdns0(maxUDP, opt.Do())
		if opt.Version() != 0 {
			response.Rcode = dns.RcodeBadVers
			return response
		}
	}
	if rcode := h.refusal(request); rcode != dns.RcodeSuccess {
		response.Rcode = rcode
		return response
	}
	h.resolve(ctx, request, request.Question[0], network, response, 0)
	if h.cfg.Shuffle {
		shuffleAddresses(response.Answer)
	}
	return response
}

func (h *handler) refusal(request *dns.Msg) int {
	if request.Opcode != dns.OpcodeQuery {
		return dns.RcodeNotImplemented
	}
	if len(request.Question) != 1 {
		return dns.RcodeFormatError
	}
	question := request.Question[0]
	if question.Qclass != dns.ClassINET || question.Qtype == dns.TypeAXFR || question.Qtype == dns.TypeIXFR {
		return dns.RcodeRefused
	}
	if h.forwarder.seesProbe(question.Name) {
		return dns.RcodeRefused
	}
	return dns.RcodeSuccess
}

// resolve adds to the response what the zones or the upstreams say, following a CNAME of the cluster.
func (h *handler) resolve(ctx context.Context, request *dns.Msg, question dns.Question, network string, response *dns.Msg, depth int) {
	r := answer(h.source.current(), h.cfg, question)
	if r.Elsewhere {
		h.forward(ctx, request, question, network, response)
		return
	}
	response.Authoritative = depth == 0
	response.Rcode = r.Rcode
	response.Answer = append(response.Answer, r.Answer...)
	response.Ns = append(response.Ns, r.Ns...)
	response.Extra = append(r.Extra, response.Extra...)
	if r.Chase == "" {
		return
	}
	if depth == maxChase {
		response.Rcode = dns.RcodeServerFailure
		return
	}
	question.Name = r.Chase
	h.resolve(ctx, request, question, network, response, depth+1)
}

func (h *handler) forward(ctx context.Context, request *dns.Msg, question dns.Question, network string, response *dns.Msg) {
	query := new(dns.Msg)
	query.RecursionDesired = request.RecursionDesired
	query.CheckingDisabled = request.CheckingDisabled
	query.Question = []dns.Question{question}
	if opt := request.IsEdns0(); opt != nil {
		query.SetEdns0(maxUDP, opt.Do())
	}
	upstream, err := h.forwarder.exchange(ctx, query, network)
	if err != nil {
		h.metrics.failed()
		if !errors.Is(err, errBusy) {
			log.Printf("%s %s: %v", question.Name, dns.TypeToString[question.Qtype], err)
		}
		response.Rcode = dns.RcodeServerFailure
		return
	}
	response.Rcode = upstream.Rcode
	response.Truncated = upstream.Truncated
	response.AuthenticatedData = upstream.AuthenticatedData
	response.Answer = append(response.Answer, upstream.Answer...)
	response.Ns = append(response.Ns, upstream.Ns...)
	// An OPT record is between two neighbours; ours has its own.
	response.Extra = append(withoutOPT(upstream.Extra), response.Extra...)
}

func withoutOPT(records []dns.RR) []dns.RR {
	var kept []dns.RR
	for _, rr := range records {
		if rr.Header().Rrtype != dns.TypeOPT {
			kept = append(kept, rr)
		}
	}
	return kept
}

// shuffleAddresses spreads clients that take the first address; a CNAME stays before what it leads to.
func shuffleAddresses(records []dns.RR) {
	var places []int
	for i, rr := range records {
		if t := rr.Header().Rrtype; t == dns.TypeA || t == dns.TypeAAAA {
			places = append(places, i)
		}
	}
	rand.Shuffle(len(places), func(i, j int) {
		a, b := places[i], places[j]
		records[a], records[b] = records[b], records[a]
	})
}

func sizeLimit(request *dns.Msg, network string) int {
	if network == "tcp" {
		return dns.MaxMsgSize
	}
	opt := request.IsEdns0()
	if opt == nil || opt.UDPSize() < dns.MinMsgSize {
		return dns.MinMsgSize
	}
	if opt.UDPSize() > maxUDP {
		return maxUDP
	}
	return int(opt.UDPSize())
}

// fit drops what is merely helpful, then answers from the end, until the message has the size; only the latter truncates.
func fit(m *dns.Msg, limit int) {
	if packedSize(m) <= limit {
		return
	}
	opt := m.IsEdns0()
	m.Extra = nil
	if opt != nil {
		m.Extra = []dns.RR{opt}
	}
	if packedSize(m) <= limit {
		return
	}
	m.Truncated = true
	m.Ns = nil
	all := m.Answer
	tooMany := sort.Search(len(all), func(n int) bool {
		m.Answer = all[:n+1]
		return packedSize(m) > limit
	})
	m.Answer = all[:tooMany]
}

// packedSize counts a message that cannot be packed as larger than any limit.
func packedSize(m *dns.Msg) int {
	packed, err := m.Pack()
	if err != nil {
		return dns.MaxMsgSize + 1
	}
	return len(packed)
}

type listeners struct {
	udp, tcp *dns.Server
	failed   chan error
}

// listen binds both sockets before it returns, so that a port in use is an error of the start.
func listen(cfg *config, h dns.Handler) (*listeners, error) {
	packets, err := net.ListenPacket("udp", cfg.Listen)
	if err != nil {
		return nil, err
	}
	// The same port for TCP when the configuration leaves the choice to the system.
	address := cfg.Listen
	if _, port, err := net.SplitHostPort(address); err == nil && port == "0" {
		address = packets.LocalAddr().String()
	}
	stream, err := net.Listen("tcp", address)
	if err != nil {
		packets.Close()
		return nil, err
	}
	l := &listeners{
		udp:    &dns.Server{PacketConn: packets, Handler: h, UDPSize: 4096},
		tcp:    &dns.Server{Listener: stream, Handler: h},
		failed: make(chan error, 2),
	}
	go func() { l.failed <- l.udp.ActivateAndServe() }()
	go func() { l.failed <- l.tcp.ActivateAndServe() }()
	return l, nil
}

func (l *listeners) close() {
	ctx, cancel := context.WithTimeout(context.Background(), queryLimit)
	defer cancel()
	l.udp.ShutdownContext(ctx)
	l.tcp.ShutdownContext(ctx)
}
