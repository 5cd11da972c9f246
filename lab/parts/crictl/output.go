// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"text/template"
	"time"

	"github.com/golang/protobuf/jsonpb"
	"github.com/golang/protobuf/proto"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/duration"
	"sigs.k8s.io/yaml"
)

type output struct {
	format   string
	template string
}

func registerOutput(flags *pflag.FlagSet, standard string) *output {
	var out output
	choices := "json, yaml or go-template"
	if standard == "table" {
		choices = "table, " + choices
	}
	flags.StringVarP(&out.format, "output", "o", standard, choices)
	flags.StringVar(&out.template, "template", "", "the template of -o go-template")
	return &out
}

func (o *output) isTable() bool { return o.format == "table" }

// printMessage prints a CRI message as it is.
func (o *output) printMessage(w io.Writer, message proto.Message) error {
	text, err := messageJSON(message)
	if err != nil {
		return err
	}
	return o.print(w, text)
}

// printStatus prints a status under that key, beside it what the runtime adds, and its times as people read them.
func (o *output) printStatus(w io.Writer, message proto.Message, info map[string]string) error {
	text, err := messageJSON(message)
	if err != nil {
		return err
	}
	if text, err = readableTimes(text); err != nil {
		return err
	}
	document := map[string]json.RawMessage{}
	for key, value := range info {
		if document[key] = json.RawMessage(value); !json.Valid(document[key]) {
			document[key], _ = json.Marshal(value)
		}
	}
	document["status"] = text
	if text, err = marshal(document); err != nil {
		return err
	}
	return o.print(w, text)
}

func (o *output) print(w io.Writer, text []byte) error {
	switch o.format {
	case "json":
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, bytes.TrimSpace(text), "", "  "); err != nil {
			return err
		}
		_, err := fmt.Fprintln(w, pretty.String())
		return err
	case "yaml":
		converted, err := yaml.JSONToYAML(text)
		if err != nil {
			return err
		}
		_, err = w.Write(converted)
		return err
	case "go-template":
		return o.execute(w, text)
	}
	return fmt.Errorf("no output format %q here", o.format)
}

func (o *output) execute(w io.Writer, text []byte) error {
	if o.template == "" {
		return fmt.Errorf("-o go-template needs --template")
	}
	parsed, err := template.New("--template").Option("missingkey=error").Parse(o.template)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	// A size or a time in nanoseconds would lose digits as a float.
	decoder.UseNumber()
	var data interface{}
	if err := decoder.Decode(&data); err != nil {
		return err
	}
	var result bytes.Buffer
	if err := parsed.Execute(&result, data); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, result.String())
	return err
}

func messageJSON(message proto.Message) ([]byte, error) {
	var text bytes.Buffer
	err := (&jsonpb.Marshaler{EmitDefaults: true}).Marshal(&text, message)
	return text.Bytes(), err
}

func readableTimes(text []byte) ([]byte, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	for _, key := range []string{"createdAt", "startedAt", "finishedAt"} {
		value, present := fields[key]
		if !present {
			continue
		}
		nanoseconds, err := strconv.ParseInt(strings.Trim(string(value), `"`), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s is not a time: %w", key, err)
		}
		fields[key], _ = json.Marshal(time.Unix(0, nanoseconds).Format(time.RFC3339Nano))
	}
	return marshal(fields)
}

// marshal leaves <, > and & as they are, which json.Marshal does not.
func marshal(value interface{}) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return text.Bytes(), err
}

func printLines(w io.Writer, lines []string) error {
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

func printTable(w io.Writer, rows [][]string) error {
	table := tabwriter.NewWriter(w, 0, 8, 3, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	return table.Flush()
}

// short cuts an id to the length that is enough to name it; a readable image name stays whole.
func short(id string) string {
	digest := strings.TrimPrefix(id, "sha256:")
	if len(digest) == 64 {
		return digest[:13]
	}
	return id
}

func age(nanoseconds int64) string {
	return duration.HumanDuration(time.Since(time.Unix(0, nanoseconds))) + " ago"
}
