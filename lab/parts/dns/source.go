// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"context"
	"log"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

// Changes come in bursts; one snapshot is enough for all that arrive within this time.
const settle = 100 * time.Millisecond

// source keeps a snapshot of the cluster up to date.
type source struct {
	factory    informers.SharedInformerFactory
	namespaces corelisters.NamespaceLister
	services   corelisters.ServiceLister
	endpoints  corelisters.EndpointsLister
	changed    chan struct{}
	snapshot   atomic.Value
	retired    int32
}

func newSource(client kubernetes.Interface) *source {
	factory := informers.NewSharedInformerFactory(client, 0)
	core := factory.Core().V1()
	s := &source{
		factory:    factory,
		namespaces: core.Namespaces().Lister(),
		services:   core.Services().Lister(),
		endpoints:  core.Endpoints().Lister(),
		changed:    make(chan struct{}, 1),
	}
	mark := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(interface{}) { s.mark() },
		UpdateFunc: func(_, _ interface{}) { s.mark() },
		DeleteFunc: func(interface{}) { s.mark() },
	}
	core.Namespaces().Informer().AddEventHandler(mark)
	core.Services().Informer().AddEventHandler(mark)
	core.Endpoints().Informer().AddEventHandler(mark)
	return s
}

func (s *source) mark() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *source) run(ctx context.Context) {
	s.factory.Start(ctx.Done())
	for kind, synced := range s.factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			log.Printf("stopped before the list of %v was complete", kind)
			return
		}
	}
	s.rebuild()
	log.Printf("knows the cluster: %d services", len(s.current().services))
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
			time.Sleep(settle)
			// What came while settling is in the listers already.
			select {
			case <-s.changed:
			default:
			}
			s.rebuild()
		}
	}
}

// rebuild reads the informers' stores, where listing cannot fail.
func (s *source) rebuild() {
	namespaces, _ := s.namespaces.List(labels.Everything())
	services, _ := s.services.List(labels.Everything())
	endpoints, _ := s.endpoints.List(labels.Everything())
	s.snapshot.Store(newSnapshot(uint32(time.Now().Unix()), namespaces, services, endpoints))
}

func (s *source) current() *snapshot {
	snap, _ := s.snapshot.Load().(*snapshot)
	return snap
}

// retire makes the server unready for good.
func (s *source) retire() { atomic.StoreInt32(&s.retired, 1) }

func (s *source) ready() bool {
	return s.current() != nil && atomic.LoadInt32(&s.retired) == 0
}
