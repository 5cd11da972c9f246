// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

// kubewright-dns is the cluster DNS server of the lab. It stands where kubeadm puts CoreDNS and takes the Corefile
// that kubeadm writes; it is not CoreDNS.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

var version = "dev"

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	confFile := flag.String("conf", "Corefile", "configuration `file`, in the form kubeadm writes it")
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig `file`, to run outside a cluster")
	showVersion := flag.Bool("version", false, "print what this program is")
	flag.Parse()
	if *showVersion {
		fmt.Printf("kubewright-dns %s (lab part, not CoreDNS)\n", version)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *confFile, *kubeconfig); err != nil {
		log.Fatalf("kubewright-dns: %v", err)
	}
}

func run(ctx context.Context, confFile, kubeconfig string) error {
	text, err := os.ReadFile(confFile)
	if err != nil {
		return err
	}
	cfg, err := parseCorefile(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", confFile, err)
	}
	for _, note := range cfg.Notes {
		log.Printf("%s: %s", confFile, note)
	}
	client, err := newClient(kubeconfig)
	if err != nil {
		return err
	}
	forwarder, err := newForwarder(cfg)
	if err != nil {
		return err
	}
	return serve(ctx, cfg, client, forwarder)
}

func newClient(kubeconfig string) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	// From Kubernetes 1.33 on every list of Endpoints comes with a deprecation warning.
	config.WarningHandler = rest.NoWarnings{}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.UserAgent = "kubewright-dns/" + version
	return kubernetes.NewForConfig(config)
}

// serve runs until the context ends, then waits for the lameduck time: so long do clients still come whose node has
// not yet heard that this endpoint is going.
func serve(ctx context.Context, cfg *config, client kubernetes.Interface, forwarder *forwarder) error {
	source := newSource(client)
	numbers := newMetrics()
	listeners, err := listen(cfg, &handler{cfg: cfg, source: source, forwarder: forwarder, metrics: numbers})
	if err != nil {
		return err
	}
	defer listeners.close()
	probes, err := startProbes(cfg, source, numbers)
	if err != nil {
		return err
	}
	defer probes.close()
	sourceCtx, stopSource := context.WithCancel(context.Background())
	defer stopSource()
	go source.run(sourceCtx)
	go forwarder.probeLoops(ctx)
	log.Printf("kubewright-dns %s (lab part, not CoreDNS) answers for %v on %s", version, cfg.Zones, cfg.Listen)
	select {
	case err := <-listeners.failed:
		return err
	case err := <-probes.failed:
		return err
	case <-ctx.Done():
	}
	log.Printf("stopping after %s", cfg.Lameduck)
	source.retire()
	time.Sleep(cfg.Lameduck)
	return nil
}
