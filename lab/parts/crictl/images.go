// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func pullCommand(flags *pflag.FlagSet) action {
	return func(ctx context.Context, s *session, args []string) error {
		client, err := s.images(ctx)
		if err != nil {
			return err
		}
		reply, err := client.PullImage(ctx, &cri.PullImageRequest{Image: &cri.ImageSpec{Image: args[0]}})
		if err != nil {
			return fmt.Errorf("cannot pull %s: %w", args[0], err)
		}
		_, err = fmt.Fprintln(s.stdout, "Image is up to date for", reply.ImageRef)
		return err
	}
}

func imagesCommand(flags *pflag.FlagSet) action {
	quiet := flags.BoolP("quiet", "q", false, "print ids only")
	noTrunc := flags.Bool("no-trunc", false, "do not shorten ids")
	out := registerOutput(flags, "table")
	return func(ctx context.Context, s *session, args []string) error {
		client, err := s.images(ctx)
		if err != nil {
			return err
		}
		request := &cri.ListImagesRequest{}
		if len(args) == 1 {
			request.Filter = &cri.ImageFilter{Image: &cri.ImageSpec{Image: args[0]}}
		}
		reply, err := client.ListImages(ctx, request)
		if err != nil {
			return fmt.Errorf("cannot list images: %w", err)
		}
		if *quiet {
			return printLines(s.stdout, imageIDs(reply.Images))
		}
		if out.isTable() {
			return printTable(s.stdout, imageRows(reply.Images, *noTrunc))
		}
		return out.printMessage(s.stdout, reply)
	}
}

func imageIDs(images []*cri.Image) []string {
	var ids []string
	for _, image := range images {
		ids = append(ids, image.Id)
	}
	return ids
}

func imageRows(images []*cri.Image, noTrunc bool) [][]string {
	rows := [][]string{{"IMAGE", "TAG", "IMAGE ID", "SIZE"}}
	for _, image := range images {
		id := image.Id
		if !noTrunc {
			id = short(id)
		}
		size := fmt.Sprintf("%.1fMB", float64(image.Size_)/1e6)
		for _, name := range imageNames(image) {
			rows = append(rows, []string{name[0], name[1], id, size})
		}
	}
	return rows
}

// imageNames gives repository and tag of each name, or one row of <none> for an image that has lost its names.
func imageNames(image *cri.Image) [][2]string {
	var names [][2]string
	for _, tagged := range image.RepoTags {
		if at := strings.LastIndex(tagged, ":"); at > strings.LastIndex(tagged, "/") {
			names = append(names, [2]string{tagged[:at], tagged[at+1:]})
		}
	}
	if len(names) > 0 {
		return names
	}
	repository := "<none>"
	if len(image.RepoDigests) > 0 {
		repository = strings.SplitN(image.RepoDigests[0], "@", 2)[0]
	}
	return [][2]string{{repository, "<none>"}}
}

func inspectImageCommand(flags *pflag.FlagSet) action {
	quiet := flags.BoolP("quiet", "q", false, "leave out what the runtime adds")
	out := registerOutput(flags, "json")
	return func(ctx context.Context, s *session, args []string) error {
		client, err := s.images(ctx)
		if err != nil {
			return err
		}
		return forEach(args, func(name string) error {
			reply, err := imageStatus(ctx, client, name, !*quiet)
			if err != nil {
				return err
			}
			return out.printStatus(s.stdout, reply.Image, reply.Info)
		})
	}
}

// imageStatus makes an error of an absent image, which CRI answers with an empty status.
func imageStatus(ctx context.Context, client cri.ImageServiceClient, name string, verbose bool) (*cri.ImageStatusResponse, error) {
	reply, err := client.ImageStatus(ctx, &cri.ImageStatusRequest{Image: &cri.ImageSpec{Image: name}, Verbose: verbose})
	if err != nil {
		return nil, err
	}
	if reply.Image == nil {
		return nil, fmt.Errorf("no such image %q present", name)
	}
	return reply, nil
}

func removeImageCommand(flags *pflag.FlagSet) action {
	return func(ctx context.Context, s *session, args []string) error {
		client, err := s.images(ctx)
		if err != nil {
			return err
		}
		return forEach(args, func(name string) error {
			found, err := imageStatus(ctx, client, name, false)
			if err != nil {
				return err
			}
			if _, err := client.RemoveImage(ctx, &cri.RemoveImageRequest{Image: &cri.ImageSpec{Image: name}}); err != nil {
				return err
			}
			return printLines(s.stdout, prefixed("Deleted: ", deletedNames(found.Image)))
		})
	}
}

func deletedNames(image *cri.Image) []string {
	if len(image.RepoTags) > 0 {
		return image.RepoTags
	}
	return []string{image.Id}
}

func prefixed(prefix string, values []string) []string {
	var lines []string
	for _, value := range values {
		lines = append(lines, prefix+value)
	}
	return lines
}
