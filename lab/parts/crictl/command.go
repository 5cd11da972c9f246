// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"
)

type action func(ctx context.Context, s *session, args []string) error

// command is one word of the command line. setup registers its options and returns what runs with them.
type command struct {
	name      string
	alias     string
	arguments string
	summary   string
	min, max  int
	setup     func(flags *pflag.FlagSet) action
}

const many = 1 << 20

var commands = []command{
	{"version", "", "", "show the runtime's name, version and API", 0, 0, versionCommand},
	{"info", "", "", "show the runtime's conditions and configuration", 0, 0, infoCommand},
	{"pull", "", "IMAGE", "pull an image", 1, 1, pullCommand},
	{"images", "image", "[IMAGE]", "list images", 0, 1, imagesCommand},
	{"inspecti", "", "IMAGE...", "show images", 1, many, inspectImageCommand},
	{"rmi", "", "IMAGE...", "remove images", 1, many, removeImageCommand},
	{"pods", "", "", "list pods", 0, 0, podsCommand},
	{"inspectp", "", "POD...", "show pods", 1, many, inspectPodCommand},
	{"stopp", "", "POD...", "stop pods", 1, many, stopPodCommand},
	{"rmp", "", "POD...", "remove pods", 0, many, removePodCommand},
	{"ps", "", "", "list containers", 0, 0, psCommand},
	{"inspect", "", "CONTAINER...", "show containers", 1, many, inspectContainerCommand},
	{"stop", "", "CONTAINER...", "stop containers", 1, many, stopContainerCommand},
	{"rm", "", "CONTAINER...", "remove containers", 0, many, removeContainerCommand},
	{"logs", "", "CONTAINER", "print a container's log", 1, 1, logsCommand},
}

func findCommand(name string) *command {
	for i, c := range commands {
		if name == c.name || name == c.alias {
			return &commands[i]
		}
	}
	return nil
}

func (c *command) invoke(ctx context.Context, s *session, args []string) error {
	flags := newFlagSet(c.name)
	act := c.setup(flags)
	if err := flags.Parse(args); errors.Is(err, pflag.ErrHelp) {
		_, err = fmt.Fprintf(s.stdout, "Usage: crictl %s [options] %s\n%s\n", c.name, c.arguments, flags.FlagUsages())
		return err
	} else if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	if n := flags.NArg(); n < c.min || n > c.max {
		return fmt.Errorf("%s takes %q, %d given; see crictl %s --help", c.name, c.arguments, n, c.name)
	}
	return act(ctx, s, flags.Args())
}

// forEach carries on past a failure, so that one bad name does not keep the rest from being dealt with.
func forEach(names []string, act func(name string) error) error {
	var failures []error
	for _, name := range names {
		if err := act(name); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", name, err))
		}
	}
	return joined(failures)
}

func joined(failures []error) error {
	if len(failures) == 0 {
		return nil
	}
	text := failures[0].Error()
	for _, err := range failures[1:] {
		text += "\n" + err.Error()
	}
	return errors.New(text)
}
