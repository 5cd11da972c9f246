// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

type logPart struct {
	stderr bool
	text   []byte
}

// copyLog writes the streams of a CRI log to where they belong. A line that the runtime cut into parts counts once.
func copyLog(log io.Reader, tail int, stdout, stderr io.Writer) error {
	var kept [][]logPart
	var line []logPart
	finish := func() error {
		defer func() { line = nil }()
		if tail < 0 {
			return writeParts(line, stdout, stderr)
		}
		if kept = append(kept, line); len(kept) > tail {
			kept = kept[1:]
		}
		return nil
	}
	reader := bufio.NewReader(log)
	for number := 1; ; number++ {
		raw, readErr := reader.ReadBytes('\n')
		if len(raw) > 0 {
			part, whole, err := parseLogLine(raw)
			if err != nil {
				return fmt.Errorf("log line %d: %w", number, err)
			}
			line = append(line, part)
			if whole {
				if err := finish(); err != nil {
					return err
				}
			}
		}
		if readErr == io.EOF {
			break
		}
		if readErr != nil {
			return readErr
		}
	}
	if len(line) > 0 {
		if err := finish(); err != nil {
			return err
		}
	}
	for _, parts := range kept {
		if err := writeParts(parts, stdout, stderr); err != nil {
			return err
		}
	}
	return nil
}

// parseLogLine reads "<time> <stream> <tags> <text>"; the first tag is P for a part of a line, F for its end.
func parseLogLine(raw []byte) (logPart, bool, error) {
	fields := bytes.SplitN(raw, []byte(" "), 4)
	if len(fields) != 4 {
		return logPart{}, false, fmt.Errorf("not in the CRI log format: %q", raw)
	}
	stream := string(fields[1])
	if stream != "stdout" && stream != "stderr" {
		return logPart{}, false, fmt.Errorf("no such stream: %q", stream)
	}
	whole := string(bytes.SplitN(fields[2], []byte(":"), 2)[0]) != "P"
	text := fields[3]
	if !whole {
		text = bytes.TrimSuffix(text, []byte("\n"))
	}
	return logPart{stderr: stream == "stderr", text: text}, whole, nil
}

func writeParts(parts []logPart, stdout, stderr io.Writer) error {
	for _, part := range parts {
		w := stdout
		if part.stderr {
			w = stderr
		}
		if _, err := w.Write(part.text); err != nil {
			return err
		}
	}
	return nil
}
