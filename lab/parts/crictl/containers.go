// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func psCommand(flags *pflag.FlagSet) action {
	all := flags.BoolP("all", "a", false, "not only running containers")
	quiet := flags.BoolP("quiet", "q", false, "print ids only")
	noTrunc := flags.Bool("no-trunc", false, "do not shorten ids")
	id := flags.String("id", "", "only the container with this id")
	pod := flags.StringP("pod", "p", "", "only containers of the pod with this id")
	name := flags.String("name", "", "only containers whose name matches this expression")
	state := flags.StringP("state", "s", "", "only containers that are created, running, exited or unknown")
	out := registerOutput(flags, "table")
	return func(ctx context.Context, s *session, args []string) error {
		filter, err := containerFilter(*id, *pod, *state, *all)
		if err != nil {
			return err
		}
		matches, err := matcher(*name)
		if err != nil {
			return err
		}
		client, err := s.runtime(ctx)
		if err != nil {
			return err
		}
		reply, err := client.ListContainers(ctx, &cri.ListContainersRequest{Filter: filter})
		if err != nil {
			return fmt.Errorf("cannot list containers: %w", err)
		}
		reply.Containers = selectContainers(reply.Containers, matches)
		switch {
		case *quiet:
			return printLines(s.stdout, containerIDs(reply.Containers))
		case out.isTable():
			return printTable(s.stdout, containerRows(reply.Containers, *noTrunc))
		}
		return out.printMessage(s.stdout, reply)
	}
}

// containerFilter shows running containers alone unless a state, an id or all are asked for.
func containerFilter(id, pod, state string, all bool) (*cri.ContainerFilter, error) {
	filter := &cri.ContainerFilter{Id: id, PodSandboxId: pod}
	if state == "" {
		if !all && id == "" {
			filter.State = &cri.ContainerStateValue{State: cri.ContainerState_CONTAINER_RUNNING}
		}
		return filter, nil
	}
	value, known := cri.ContainerState_value["CONTAINER_"+strings.ToUpper(state)]
	if !known {
		return nil, fmt.Errorf("no container state %q; expected created, running, exited or unknown", state)
	}
	filter.State = &cri.ContainerStateValue{State: cri.ContainerState(value)}
	return filter, nil
}

func selectContainers(containers []*cri.Container, matches func(...string) bool) []*cri.Container {
	var chosen []*cri.Container
	for _, container := range containers {
		if matches(container.GetMetadata().GetName()) {
			chosen = append(chosen, container)
		}
	}
	sort.SliceStable(chosen, func(i, j int) bool { return chosen[i].CreatedAt > chosen[j].CreatedAt })
	return chosen
}

func containerIDs(containers []*cri.Container) []string {
	var ids []string
	for _, container := range containers {
		ids = append(ids, container.Id)
	}
	return ids
}

func containerRows(containers []*cri.Container, noTrunc bool) [][]string {
	rows := [][]string{{"CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID"}}
	for _, container := range containers {
		id, image, pod := container.Id, container.GetImage().GetImage(), container.PodSandboxId
		if !noTrunc {
			id, image, pod = short(id), short(image), short(pod)
		}
		state := strings.ToLower(strings.TrimPrefix(container.State.String(), "CONTAINER_"))
		meta := container.GetMetadata()
		rows = append(rows, []string{id, image, age(container.CreatedAt), strings.ToUpper(state[:1]) + state[1:], meta.GetName(), strconv.Itoa(int(meta.GetAttempt())), pod})
	}
	return rows
}

func inspectContainerCommand(flags *pflag.FlagSet) action {
	quiet := flags.BoolP("quiet", "q", false, "leave out what the runtime adds")
	out := registerOutput(flags, "json")
	return func(ctx context.Context, s *session, args []string) error {
		client, err := s.runtime(ctx)
		if err != nil {
			return err
		}
		return forEach(args, func(id string) error {
			reply, err := client.ContainerStatus(ctx, &cri.ContainerStatusRequest{ContainerId: id, Verbose: !*quiet})
			if err != nil {
				return err
			}
			return out.printStatus(s.stdout, reply.Status, reply.Info)
		})
	}
}

func stopContainerCommand(flags *pflag.FlagSet) action {
	timeout := flags.Int64P("timeout", "t", 0, "seconds between asking and killing")
	return func(ctx context.Context, s *session, args []string) error {
		client, err := s.runtime(ctx)
		if err != nil {
			return err
		}
		return forEach(args, func(id string) error {
			if _, err := client.StopContainer(ctx, &cri.StopContainerRequest{ContainerId: id, Timeout: *timeout}); err != nil {
				return err
			}
			return printLines(s.stdout, []string{id})
		})
	}
}

func removeContainerCommand(flags *pflag.FlagSet) action {
	force := flags.BoolP("force", "f", false, "stop what still runs")
	all := flags.BoolP("all", "a", false, "every container")
	return func(ctx context.Context, s *session, args []string) error {
		client, err := s.runtime(ctx)
		if err != nil {
			return err
		}
		if *all {
			reply, err := client.ListContainers(ctx, &cri.ListContainersRequest{})
			if err != nil {
				return fmt.Errorf("cannot list containers: %w", err)
			}
			args = containerIDs(reply.Containers)
		} else if len(args) == 0 {
			return fmt.Errorf("rm needs the id of a container, or --all")
		}
		return forEach(args, func(id string) error {
			if err := removeContainer(ctx, client, id, *force); err != nil {
				return err
			}
			return printLines(s.stdout, []string{id})
		})
	}
}

func removeContainer(ctx context.Context, client cri.RuntimeServiceClient, id string, force bool) error {
	reply, err := client.ContainerStatus(ctx, &cri.ContainerStatusRequest{ContainerId: id})
	if err != nil {
		return err
	}
	if reply.GetStatus().GetState() == cri.ContainerState_CONTAINER_RUNNING {
		if !force {
			return fmt.Errorf("container is running; stop it first, or remove it with --force")
		}
		if _, err := client.StopContainer(ctx, &cri.StopContainerRequest{ContainerId: id}); err != nil {
			return err
		}
	}
	_, err = client.RemoveContainer(ctx, &cri.RemoveContainerRequest{ContainerId: id})
	return err
}

func logsCommand(flags *pflag.FlagSet) action {
	tail := flags.Int("tail", -1, "the last lines only; -1 for all")
	return func(ctx context.Context, s *session, args []string) error {
		client, err := s.runtime(ctx)
		if err != nil {
			return err
		}
		reply, err := client.ContainerStatus(ctx, &cri.ContainerStatusRequest{ContainerId: args[0]})
		if err != nil {
			return err
		}
		path := reply.GetStatus().GetLogPath()
		if path == "" {
			return fmt.Errorf("%s: the runtime names no log file for this container", args[0])
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		return copyLog(file, *tail, s.stdout, s.stderr)
	}
}
