// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"net"
	"sort"
	"strings"

	v1 "k8s.io/api/core/v1"
)

// snapshot is what the cluster looks like at one moment. Nothing changes it once it is made.
type snapshot struct {
	serial     uint32
	namespaces map[string]bool
	services   map[string]*service
	// names holds, by address, the names below the zone that a reverse lookup gives.
	names map[string][]string
}

type service struct {
	name         string
	externalName string
	headless     bool
	clusterIPs   []net.IP
	ports        []port
	endpoints    []endpoint
}

type port struct {
	name     string
	protocol string
	number   uint16
}

type endpoint struct {
	hostname string
	ip       net.IP
	ports    []port
}

func newSnapshot(serial uint32, namespaces []*v1.Namespace, services []*v1.Service, endpoints []*v1.Endpoints) *snapshot {
	s := &snapshot{serial: serial, namespaces: map[string]bool{}, services: map[string]*service{}, names: map[string][]string{}}
	for _, namespace := range namespaces {
		s.namespaces[namespace.Name] = true
	}
	byKey := map[string]*v1.Endpoints{}
	for _, e := range endpoints {
		byKey[e.Namespace+"/"+e.Name] = e
	}
	for _, from := range services {
		key := from.Namespace + "/" + from.Name
		s.services[key] = newService(from, byKey[key])
		s.addNames(s.services[key])
	}
	for _, names := range s.names {
		sort.Strings(names)
	}
	return s
}

func newService(from *v1.Service, endpoints *v1.Endpoints) *service {
	s := &service{name: from.Name + "." + from.Namespace + ".svc"}
	if from.Spec.Type == v1.ServiceTypeExternalName {
		s.externalName = from.Spec.ExternalName
		return s
	}
	if s.headless = from.Spec.ClusterIP == v1.ClusterIPNone; s.headless {
		s.endpoints = newEndpoints(endpoints)
		return s
	}
	s.clusterIPs = clusterIPs(from)
	for _, p := range from.Spec.Ports {
		s.ports = append(s.ports, newPort(p.Name, p.Protocol, p.Port))
	}
	return s
}

// clusterIPs falls back to the single address: API servers before 1.20 know no list.
func clusterIPs(from *v1.Service) []net.IP {
	texts := from.Spec.ClusterIPs
	if len(texts) == 0 {
		texts = []string{from.Spec.ClusterIP}
	}
	var ips []net.IP
	for _, text := range texts {
		if ip := net.ParseIP(text); ip != nil {
			ips = append(ips, ip)
		}
	}
	return ips
}

// newEndpoints takes the ready addresses; Kubernetes lists those here that a service publishes before they are ready, too.
func newEndpoints(from *v1.Endpoints) []endpoint {
	if from == nil {
		return nil
	}
	var endpoints []endpoint
	for _, subset := range from.Subsets {
		var ports []port
		for _, p := range subset.Ports {
			ports = append(ports, newPort(p.Name, p.Protocol, p.Port))
		}
		for _, address := range subset.Addresses {
			if ip := net.ParseIP(address.IP); ip != nil {
				endpoints = append(endpoints, endpoint{hostname: hostname(address), ip: ip, ports: ports})
			}
		}
	}
	return endpoints
}

// hostname makes a label of the address for an endpoint that has no hostname of its own.
func hostname(address v1.EndpointAddress) string {
	if address.Hostname != "" {
		return strings.ToLower(address.Hostname)
	}
	return strings.NewReplacer(".", "-", ":", "-").Replace(address.IP)
}

func newPort(name string, protocol v1.Protocol, number int32) port {
	if protocol == "" {
		protocol = v1.ProtocolTCP
	}
	return port{name: strings.ToLower(name), protocol: strings.ToLower(string(protocol)), number: uint16(number)}
}

func (s *snapshot) addNames(from *service) {
	for _, ip := range from.clusterIPs {
		s.names[ip.String()] = append(s.names[ip.String()], from.name)
	}
	seen := map[string]bool{}
	for _, e := range from.endpoints {
		name := e.hostname + "." + from.name
		if key := e.ip.String(); !seen[key+" "+name] {
			seen[key+" "+name] = true
			s.names[key] = append(s.names[key], name)
		}
	}
}
