// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"context"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func versionCommand(flags *pflag.FlagSet) action {
	return func(ctx context.Context, s *session, args []string) error {
		client, err := s.runtime(ctx)
		if err != nil {
			return err
		}
		reply, err := client.Version(ctx, &cri.VersionRequest{})
		if err != nil {
			return fmt.Errorf("cannot get the runtime's version: %w", err)
		}
		_, err = fmt.Fprintf(s.stdout, "Version:  %s\nRuntimeName:  %s\nRuntimeVersion:  %s\nRuntimeApiVersion:  %s\n",
			reply.Version, reply.RuntimeName, reply.RuntimeVersion, reply.RuntimeApiVersion)
		return err
	}
}

func infoCommand(flags *pflag.FlagSet) action {
	quiet := flags.BoolP("quiet", "q", false, "leave out what the runtime adds")
	out := registerOutput(flags, "json")
	return func(ctx context.Context, s *session, args []string) error {
		client, err := s.runtime(ctx)
		if err != nil {
			return err
		}
		reply, err := client.Status(ctx, &cri.StatusRequest{Verbose: !*quiet})
		if err != nil {
			return fmt.Errorf("cannot get the runtime's status: %w", err)
		}
		return out.printStatus(s.stdout, reply.Status, reply.Info)
	}
}

func podsCommand(flags *pflag.FlagSet) action {
	quiet := flags.BoolP("quiet", "q", false, "print ids only")
	noTrunc := flags.Bool("no-trunc", false, "do not shorten ids")
	id := flags.String("id", "", "only the pod with this id")
	name := flags.String("name", "", "only pods whose name matches this expression")
	namespace := flags.String("namespace", "", "only pods whose namespace matches this expression")
	state := flags.StringP("state", "s", "", "only pods that are ready or notready")
	out := registerOutput(flags, "table")
	return func(ctx context.Context, s *session, args []string) error {
		filter, err := podFilter(*id, *state)
		if err != nil {
			return err
		}
		matches, err := matcher(*name, *namespace)
		if err != nil {
			return err
		}
		client, err := s.runtime(ctx)
		if err != nil {
			return err
		}
		reply, err := client.ListPodSandbox(ctx, &cri.ListPodSandboxRequest{Filter: filter})
		if err != nil {
			return fmt.Errorf("cannot list pods: %w", err)
		}
		reply.Items = selectPods(reply.Items, matches)
		switch {
		case *quiet:
			return printLines(s.stdout, podIDs(reply.Items))
		case out.isTable():
			return printTable(s.stdout, podRows(reply.Items, *noTrunc))
		}
		return out.printMessage(s.stdout, reply)
	}
}

func podFilter(id, state string) (*cri.PodSandboxFilter, error) {
	filter := &cri.PodSandboxFilter{Id: id}
	switch strings.ToLower(state) {
	case "":
	case "ready":
		filter.State = &cri.PodSandboxStateValue{State: cri.PodSandboxState_SANDBOX_READY}
	case "notready":
		filter.State = &cri.PodSandboxStateValue{State: cri.PodSandboxState_SANDBOX_NOTREADY}
	default:
		return nil, fmt.Errorf("no pod state %q; expected ready or notready", state)
	}
	return filter, nil
}

// matcher compares values one by one with expressions; an empty expression matches all.
func matcher(expressions ...string) (func(values ...string) bool, error) {
	var compiled []*regexp.Regexp
	for _, expression := range expressions {
		re, err := regexp.Compile(expression)
		if err != nil {
			return nil, err
		}
		compiled = append(compiled, re)
	}
	return func(values ...string) bool {
		for i, re := range compiled {
			if !re.MatchString(values[i]) {
				return false
			}
		}
		return true
	}, nil
}

func selectPods(pods []*cri.PodSandbox, matches func(...string) bool) []*cri.PodSandbox {
	var chosen []*cri.PodSandbox
	for _, pod := range pods {
		if matches(pod.GetMetadata().GetName(), pod.GetMetadata().GetNamespace()) {
			chosen = append(chosen, pod)
		}
	}
	sort.SliceStable(chosen, func(i, j int) bool { return chosen[i].CreatedAt > chosen[j].CreatedAt })
	return chosen
}

func podIDs(pods []*cri.PodSandbox) []string {
	var ids []string
	for _, pod := range pods {
		ids = append(ids, pod.Id)
	}
	return ids
}

func podRows(pods []*cri.PodSandbox, noTrunc bool) [][]string {
	rows := [][]string{{"POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT"}}
	for _, pod := range pods {
		id, state := pod.Id, "NotReady"
		if !noTrunc {
			id = short(id)
		}
		if pod.State == cri.PodSandboxState_SANDBOX_READY {
			state = "Ready"
		}
		meta := pod.GetMetadata()
		rows = append(rows, []string{id, age(pod.CreatedAt), state, meta.GetName(), meta.GetNamespace(), strconv.Itoa(int(meta.GetAttempt()))})
	}
	return rows
}

func inspectPodCommand(flags *pflag.FlagSet) action {
	quiet := flags.BoolP("quiet", "q", false, "leave out what the runtime adds")
	out := registerOutput(flags, "json")
	return func(ctx context.Context, s *session, args []string) error {
		client, err := s.runtime(ctx)
		if err != nil {
			return err
		}
		return forEach(args, func(id string) error {
			reply, err := client.PodSandboxStatus(ctx, &cri.PodSandboxStatusRequest{PodSandboxId: id, Verbose: !*quiet})
			if err != nil {
				return err
			}
			return out.printStatus(s.stdout, reply.Status, reply.Info)
		})
	}
}

func stopPodCommand(flags *pflag.FlagSet) action {
	return func(ctx context.Context, s *session, args []string) error {
		client, err := s.runtime(ctx)
		if err != nil {
			return err
		}
		return forEach(args, func(id string) error {
			if _, err := client.StopPodSandbox(ctx, &cri.StopPodSandboxRequest{PodSandboxId: id}); err != nil {
				return err
			}
			return printLines(s.stdout, []string{"Stopped sandbox " + id})
		})
	}
}

func removePodCommand(flags *pflag.FlagSet) action {
	force := flags.BoolP("force", "f", false, "stop what still runs")
	all := flags.BoolP("all", "a", false, "every pod")
	return func(ctx context.Context, s *session, args []string) error {
		client, err := s.runtime(ctx)
		if err != nil {
			return err
		}
		if *all {
			reply, err := client.ListPodSandbox(ctx, &cri.ListPodSandboxRequest{})
			if err != nil {
				return fmt.Errorf("cannot list pods: %w", err)
			}
			args = podIDs(reply.Items)
		} else if len(args) == 0 {
			return fmt.Errorf("rmp needs the id of a pod, or --all")
		}
		return forEach(args, func(id string) error {
			if err := removePod(ctx, client, id, *force); err != nil {
				return err
			}
			return printLines(s.stdout, []string{"Removed sandbox " + id})
		})
	}
}

func removePod(ctx context.Context, client cri.RuntimeServiceClient, id string, force bool) error {
	reply, err := client.PodSandboxStatus(ctx, &cri.PodSandboxStatusRequest{PodSandboxId: id})
	if err != nil {
		return err
	}
	if reply.GetStatus().GetState() == cri.PodSandboxState_SANDBOX_READY {
		if !force {
			return fmt.Errorf("pod is running; stop it first, or remove it with --force")
		}
		if _, err := client.StopPodSandbox(ctx, &cri.StopPodSandboxRequest{PodSandboxId: id}); err != nil {
			return err
		}
	}
	_, err = client.RemovePodSandbox(ctx, &cri.RemovePodSandboxRequest{PodSandboxId: id})
	return err
}
