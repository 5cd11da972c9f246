// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

// kubewright-crictl is a small CRI client for the lab. It takes the command lines that kubeadm and the
// collection's modules give crictl; it is not crictl.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"
)

var version = "dev"

const usageHead = `kubewright-crictl: a CRI client of the Kubewright lab (not crictl)

Usage: crictl [global options] COMMAND [options] [arguments]

Commands:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "kubewright-crictl:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var opts options
	var showVersion bool
	global := newFlagSet("crictl")
	// Options after the command belong to the command.
	global.SetInterspersed(false)
	opts.register(global)
	global.BoolVarP(&showVersion, "version", "v", false, "print what this program is")
	if err := global.Parse(args); errors.Is(err, pflag.ErrHelp) {
		return printUsage(stdout, global)
	} else if err != nil {
		return err
	}
	if showVersion {
		_, err := fmt.Fprintf(stdout, "kubewright-crictl %s (lab part, built on cri-api)\n", version)
		return err
	}
	if global.NArg() == 0 || global.Arg(0) == "help" {
		return printUsage(stdout, global)
	}
	chosen := findCommand(global.Arg(0))
	if chosen == nil {
		return fmt.Errorf("unknown command %q; see crictl --help", global.Arg(0))
	}
	if err := opts.complete(global.Changed("timeout")); err != nil {
		return err
	}
	s := &session{opts: opts, stdout: stdout, stderr: stderr}
	defer s.close()
	return chosen.invoke(ctx, s, global.Args()[1:])
}

func newFlagSet(name string) *pflag.FlagSet {
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

func printUsage(w io.Writer, global *pflag.FlagSet) error {
	text := usageHead
	for _, c := range commands {
		text += fmt.Sprintf("  %-10s %-14s %s\n", c.name, c.arguments, c.summary)
	}
	_, err := fmt.Fprintf(w, "%s\nGlobal options:\n%s", text, global.FlagUsages())
	return err
}
