// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 Kubewright contributors

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

// fakeRuntime holds one running pod with two containers and one image, and notes what was done to them.
type fakeRuntime struct {
	cri.UnimplementedRuntimeServiceServer
	cri.UnimplementedImageServiceServer
	logPath string
	done    []string
}

func (f *fakeRuntime) note(parts ...string) { f.done = append(f.done, strings.Join(parts, " ")) }

func (f *fakeRuntime) Version(context.Context, *cri.VersionRequest) (*cri.VersionResponse, error) {
	return &cri.VersionResponse{Version: "0.1.0", RuntimeName: "fake", RuntimeVersion: "2.0.0", RuntimeApiVersion: "v1"}, nil
}

func (f *fakeRuntime) Status(_ context.Context, r *cri.StatusRequest) (*cri.StatusResponse, error) {
	response := &cri.StatusResponse{Status: &cri.RuntimeStatus{Conditions: []*cri.RuntimeCondition{{Type: "RuntimeReady", Status: true}}}}
	if r.Verbose {
		response.Info = map[string]string{"config": `{"sandboxImage":"lab.example/pause:3.2","big":9007199254740993}`, "golang": "go1.19 <b>"}
	}
	return response, nil
}

func (f *fakeRuntime) ListPodSandbox(_ context.Context, r *cri.ListPodSandboxRequest) (*cri.ListPodSandboxResponse, error) {
	pods := []*cri.PodSandbox{
		{Id: "pod-old", CreatedAt: 1e9, Metadata: &cri.PodSandboxMetadata{Name: "etcd-one", Namespace: "kube-system"}, State: cri.PodSandboxState_SANDBOX_NOTREADY},
		{Id: "pod-new", CreatedAt: 2e9, Metadata: &cri.PodSandboxMetadata{Name: "web", Namespace: "default"}},
	}
	var kept []*cri.PodSandbox
	for _, pod := range pods {
		if state := r.GetFilter().GetState(); state == nil || state.State == pod.State {
			kept = append(kept, pod)
		}
	}
	return &cri.ListPodSandboxResponse{Items: kept}, nil
}

func (f *fakeRuntime) PodSandboxStatus(_ context.Context, r *cri.PodSandboxStatusRequest) (*cri.PodSandboxStatusResponse, error) {
	switch r.PodSandboxId {
	case "pod-new":
		return &cri.PodSandboxStatusResponse{Status: &cri.PodSandboxStatus{Id: "pod-new", CreatedAt: 2e9}}, nil
	case "pod-old":
		return &cri.PodSandboxStatusResponse{Status: &cri.PodSandboxStatus{Id: "pod-old", State: cri.PodSandboxState_SANDBOX_NOTREADY}}, nil
	}
	return nil, status.Error(codes.NotFound, "no such pod")
}

func (f *fakeRuntime) StopPodSandbox(_ context.Context, r *cri.StopPodSandboxRequest) (*cri.StopPodSandboxResponse, error) {
	f.note("StopPodSandbox", r.PodSandboxId)
	return &cri.StopPodSandboxResponse{}, nil
}

func (f *fakeRuntime) RemovePodSandbox(_ context.Context, r *cri.RemovePodSandboxRequest) (*cri.RemovePodSandboxResponse, error) {
	f.note("RemovePodSandbox", r.PodSandboxId)
	return &cri.RemovePodSandboxResponse{}, nil
}

func (f *fakeRuntime) ListContainers(_ context.Context, r *cri.ListContainersRequest) (*cri.ListContainersResponse, error) {
	containers := []*cri.Container{
		{Id: "c-up", PodSandboxId: "pod-new", Metadata: &cri.ContainerMetadata{Name: "web"}, State: cri.ContainerState_CONTAINER_RUNNING, CreatedAt: 3e9},
		{Id: "c-down", PodSandboxId: "pod-old", Metadata: &cri.ContainerMetadata{Name: "etcd"}, State: cri.ContainerState_CONTAINER_EXITED, CreatedAt: 4e9},
	}
	var kept []*cri.Container
	for _, c := range containers {
		filter := r.GetFilter()
		if (filter.GetState() == nil || filter.GetState().State == c.State) && (filter.GetPodSandboxId() == "" || filter.GetPodSandboxId() == c.PodSandboxId) {
			kept = append(kept, c)
		}
	}
	return &cri.ListContainersResponse{Containers: kept}, nil
}

func (f *fakeRuntime) ContainerStatus(_ context.Context, r *cri.ContainerStatusRequest) (*cri.ContainerStatusResponse, error) {
	if r.ContainerId != "c-up" {
		return nil, status.Error(codes.NotFound, "no such container")
	}
	return &cri.ContainerStatusResponse{
		Status: &cri.ContainerStatus{Id: "c-up", State: cri.ContainerState_CONTAINER_RUNNING, CreatedAt: 3e9, LogPath: f.logPath},
		Info:   map[string]string{"info": `{"pid":42}`},
	}, nil
}

func (f *fakeRuntime) StopContainer(_ context.Context, r *cri.StopContainerRequest) (*cri.StopContainerResponse, error) {
	f.note("StopContainer", r.ContainerId, time.Duration(r.Timeout*1e9).String())
	return &cri.StopContainerResponse{}, nil
}

func (f *fakeRuntime) RemoveContainer(_ context.Context, r *cri.RemoveContainerRequest) (*cri.RemoveContainerResponse, error) {
	f.note("RemoveContainer", r.ContainerId)
	return &cri.RemoveContainerResponse{}, nil
}

func (f *fakeRuntime) image() *cri.Image {
	return &cri.Image{Id: "sha256:" + strings.Repeat("ab", 32), RepoTags: []string{"lab.example:5000/pause:3.2"}, Size_: 700000}
}

func (f *fakeRuntime) ListImages(context.Context, *cri.ListImagesRequest) (*cri.ListImagesResponse, error) {
	return &cri.ListImagesResponse{Images: []*cri.Image{f.image()}}, nil
}

func (f *fakeRuntime) ImageStatus(_ context.Context, r *cri.ImageStatusRequest) (*cri.ImageStatusResponse, error) {
	if r.Image.Image != "lab.example:5000/pause:3.2" {
		return &cri.ImageStatusResponse{}, nil
	}
	return &cri.ImageStatusResponse{Image: f.image()}, nil
}

func (f *fakeRuntime) PullImage(_ context.Context, r *cri.PullImageRequest) (*cri.PullImageResponse, error) {
	if r.Image.Image == "absent" {
		return nil, status.Error(codes.NotFound, "manifest unknown")
	}
	return &cri.PullImageResponse{ImageRef: "sha256:0"}, nil
}

func (f *fakeRuntime) RemoveImage(_ context.Context, r *cri.RemoveImageRequest) (*cri.RemoveImageResponse, error) {
	f.note("RemoveImage", r.Image.Image)
	return &cri.RemoveImageResponse{}, nil
}

// oldRuntime speaks v1alpha2 alone, as containerd before 1.6 does.
type oldRuntime struct {
	v1alpha2.UnimplementedRuntimeServiceServer
}

func (*oldRuntime) Version(context.Context, *v1alpha2.VersionRequest) (*v1alpha2.VersionResponse, error) {
	return &v1alpha2.VersionResponse{RuntimeName: "old", RuntimeApiVersion: "v1alpha2"}, nil
}

func serveOn(t *testing.T, register func(*grpc.Server)) string {
	t.Helper()
	// t.TempDir carries the test's name and can be longer than a socket's path may be.
	folder, err := os.MkdirTemp("", "cri")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	path := filepath.Join(folder, "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	register(server)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return "unix://" + path
}

func startFake(t *testing.T) (*fakeRuntime, string) {
	f := &fakeRuntime{}
	return f, serveOn(t, func(s *grpc.Server) {
		cri.RegisterRuntimeServiceServer(s, f)
		cri.RegisterImageServiceServer(s, f)
	})
}

func crictl(args ...string) (stdout, stderr string, err error) {
	var out, errOut bytes.Buffer
	err = run(context.Background(), args, &out, &errOut)
	return out.String(), errOut.String(), err
}

func TestCommandLinesOfKubeadm(t *testing.T) {
	for _, c := range []struct {
		args   []string
		output string
		done   string
	}{
		{[]string{"info"}, `"type": "RuntimeReady"`, ""},
		{[]string{"pods", "-q"}, "pod-new\npod-old\n", ""},
		{[]string{"stopp", "pod-new"}, "Stopped sandbox pod-new\n", "StopPodSandbox pod-new"},
		{[]string{"rmp", "pod-old"}, "Removed sandbox pod-old\n", "RemovePodSandbox pod-old"},
		{[]string{"pull", "lab.example:5000/pause:3.2"}, "Image is up to date for sha256:0\n", ""},
		{[]string{"inspecti", "lab.example:5000/pause:3.2"}, `"lab.example:5000/pause:3.2"`, ""},
		{[]string{"-D=false", "pods", "-q"}, "pod-new\npod-old\n", ""},
		{[]string{"-D=false", "info", "-o", "go-template", "--template", "{{.config.sandboxImage}}"}, "lab.example/pause:3.2\n", ""},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			f, endpoint := startFake(t)
			out, errOut, err := crictl(append([]string{"-r", endpoint, "-i", endpoint}, c.args...)...)
			if err != nil || !strings.Contains(out, c.output) || errOut != "" {
				t.Errorf("%q, %q, %v", out, errOut, err)
			}
			if done := strings.Join(f.done, ", "); done != c.done {
				t.Errorf("did %q", done)
			}
		})
	}
}

func TestOtherCommandLines(t *testing.T) {
	for _, c := range []struct {
		line   string
		output string
		done   string
	}{
		{"version", "RuntimeName:  fake\n", ""},
		{"pods --state ready -q", "pod-new\n", ""},
		{"pods -q --namespace kube- --name ^etcd", "pod-old\n", ""},
		{"ps -q", "c-up\n", ""},
		{"ps -aq", "c-down\nc-up\n", ""},
		{"ps -a -q --pod pod-old", "c-down\n", ""},
		{"ps --state exited -q", "c-down\n", ""},
		{"ps -a -q --name web", "c-up\n", ""},
		{"images -q", "sha256:" + strings.Repeat("ab", 32) + "\n", ""},
		{"images", "lab.example:5000/pause   3.2", ""},
		{"rmi lab.example:5000/pause:3.2", "Deleted: lab.example:5000/pause:3.2\n", "RemoveImage lab.example:5000/pause:3.2"},
		{"rmp -f pod-new", "Removed sandbox pod-new\n", "StopPodSandbox pod-new, RemovePodSandbox pod-new"},
		{"rmp -fa", "Removed sandbox pod-old", "RemovePodSandbox pod-old, StopPodSandbox pod-new, RemovePodSandbox pod-new"},
		{"stop --timeout 5 c-up", "c-up\n", "StopContainer c-up 5s"},
		{"rm c-up --force", "c-up\n", "StopContainer c-up 0s, RemoveContainer c-up"},
	} {
		t.Run(c.line, func(t *testing.T) {
			f, endpoint := startFake(t)
			out, _, err := crictl(append([]string{"--runtime-endpoint", endpoint}, strings.Fields(c.line)...)...)
			if err != nil || !strings.Contains(out, c.output) {
				t.Errorf("%q, %v", out, err)
			}
			if done := strings.Join(f.done, ", "); done != c.done {
				t.Errorf("did %q", done)
			}
		})
	}
}

func TestWhatFailsSaysSoAndDoesNothing(t *testing.T) {
	for line, expected := range map[string]string{
		"inspecti absent":             `no such image "absent"`,
		"rmi absent":                  `no such image "absent"`,
		"pull absent":                 "manifest unknown",
		"inspectp absent":             "no such pod",
		"inspect absent":              "no such container",
		"rmp pod-new":                 "pod is running",
		"rmp":                         "needs the id",
		"rm c-up":                     "container is running",
		"rm":                          "needs the id",
		"logs c-up":                   "names no log file",
		"pods --state odd":            "no pod state",
		"ps --state odd":              "no container state",
		"ps --name (":                 "missing closing",
		"ps -o odd":                   `no output format "odd"`,
		"info -o table":               `no output format "table"`,
		"info -o go-template":         "needs --template",
		"pull":                        "takes",
		"pull one two":                "takes",
		"version --odd":               "unknown flag",
		"runp pod.json":               "unknown command",
		"--odd":                       "unknown flag",
		"--config /nonexistent ps":    "no such file",
		"-r tcp://192.0.2.1:1 info":   "not a Unix socket",
		"-r unix:///nonexistent info": "no such file",
	} {
		t.Run(line, func(t *testing.T) {
			f, endpoint := startFake(t)
			_, _, err := crictl(append([]string{"-r", endpoint}, strings.Fields(line)...)...)
			if err == nil || !strings.Contains(err.Error(), expected) {
				t.Errorf("%v, expected %q", err, expected)
			}
			if len(f.done) > 0 {
				t.Errorf("did %v", f.done)
			}
		})
	}
}

func TestOneBadNameDoesNotKeepTheOthers(t *testing.T) {
	f, endpoint := startFake(t)
	_, _, err := crictl("-r", endpoint, "rmp", "absent", "pod-old")
	if err == nil || strings.Join(f.done, ", ") != "RemovePodSandbox pod-old" {
		t.Errorf("did %v, %v", f.done, err)
	}
}

func TestJSONHasTheShapesOfCRI(t *testing.T) {
	_, endpoint := startFake(t)
	for line, expected := range map[string]string{
		"images -o json": `{"images":[{"id":"sha256:` + strings.Repeat("ab", 32) + `","repoTags":["lab.example:5000/pause:3.2"],"repoDigests":[],
			"size":"700000","uid":null,"username":"","spec":null}]}`,
		"pods -o json --state ready": `{"items":[{"id":"pod-new","metadata":{"name":"web","uid":"","namespace":"default","attempt":0},
			"state":"SANDBOX_READY","createdAt":"2000000000","labels":{},"annotations":{},"runtimeHandler":""}]}`,
		"ps -o json": `{"containers":[{"id":"c-up","podSandboxId":"pod-new","metadata":{"name":"web","attempt":0},"image":null,"imageRef":"",
			"state":"CONTAINER_RUNNING","createdAt":"3000000000","labels":{},"annotations":{}}]}`,
		"ps -o json --name absent": `{"containers":[]}`,
		"info -o json": `{"status":{"conditions":[{"type":"RuntimeReady","status":true,"reason":"","message":""}]},
			"config":{"sandboxImage":"lab.example/pause:3.2","big":9007199254740993},"golang":"go1.19 <b>"}`,
		"info -q": `{"status":{"conditions":[{"type":"RuntimeReady","status":true,"reason":"","message":""}]}}`,
	} {
		out, _, err := crictl(append([]string{"-r", endpoint}, strings.Fields(line)...)...)
		if err != nil || normal(t, out) != normal(t, expected) {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
}

func normal(t *testing.T, text string) string {
	t.Helper()
	var value interface{}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	out, _ := json.Marshal(value)
	return string(out)
}

func TestInspectedTimesAreReadable(t *testing.T) {
	t.Setenv("TZ", "UTC")
	_, endpoint := startFake(t)
	out, _, err := crictl("-r", endpoint, "inspect", "-o", "go-template", "--template", "{{.status.createdAt}} {{.info.pid}}", "c-up")
	created, parseErr := time.Parse(time.RFC3339Nano, strings.Fields(out + " ?")[0])
	if err != nil || parseErr != nil || created.Unix() != 3 || !strings.HasSuffix(out, " 42\n") {
		t.Errorf("%q, %v, %v", out, err, parseErr)
	}
}

func TestOldRuntimeIsAskedInItsOwnVersion(t *testing.T) {
	endpoint := serveOn(t, func(s *grpc.Server) { v1alpha2.RegisterRuntimeServiceServer(s, &oldRuntime{}) })
	out, trace, err := crictl("-D", "-r", endpoint, "version")
	if err != nil || !strings.Contains(out, "RuntimeName:  old\n") || strings.Count(trace, "call ") != 2 {
		t.Errorf("%q, %q, %v", out, trace, err)
	}
	if _, _, err := crictl("-r", endpoint, "images"); err == nil || !strings.Contains(err.Error(), "neither CRI v1 nor v1alpha2") {
		t.Errorf("a service that is not there: %v", err)
	}
}

func TestEndpointComesFromTheConfiguration(t *testing.T) {
	_, endpoint := startFake(t)
	config := filepath.Join(t.TempDir(), "crictl.yaml")
	text := "runtime-endpoint: " + endpoint + "\ntimeout: 3\ndebug: false\npull-image-on-create: false\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _, err := crictl("--config", config, "images", "-q"); err != nil || out == "" {
		t.Errorf("%q, %v", out, err)
	}
	t.Setenv("CONTAINER_RUNTIME_ENDPOINT", "unix:///nonexistent")
	if _, _, err := crictl("--config", config, "info"); err == nil {
		t.Error("the environment did not win over the file")
	}
	if _, _, err := crictl("--config", config, "-r", endpoint, "info"); err != nil {
		t.Error("the command line did not win over the environment:", err)
	}
}

func TestVersionNamesThisProgram(t *testing.T) {
	if out, _, err := crictl("--version"); err != nil || out != "kubewright-crictl dev (lab part, built on cri-api)\n" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	out, _, err := crictl("--help")
	for _, c := range commands {
		if !strings.Contains(out, "\n  "+c.name+" ") {
			t.Errorf("no %s in the help (%v)", c.name, err)
		}
	}
}

func TestLogs(t *testing.T) {
	const log = "2026-01-01T00:00:00.0Z stdout F one\n2026-01-01T00:00:01.0Z stderr F bad\n" +
		"2026-01-01T00:00:02.0Z stdout P two \n2026-01-01T00:00:02.0Z stdout F parts\n2026-01-01T00:00:03.0Z stdout F \n"
	f, endpoint := startFake(t)
	f.logPath = filepath.Join(t.TempDir(), "0.log")
	for _, c := range []struct {
		args, log, out, errOut string
	}{
		{"", log, "one\ntwo parts\n\n", "bad\n"},
		{"--tail 2", log, "two parts\n\n", ""},
		{"--tail=3", log, "two parts\n\n", "bad\n"},
		{"--tail 99", log, "one\ntwo parts\n\n", "bad\n"},
		{"--tail 0", log, "", ""},
		{"", "", "", ""},
		{"", "2026-01-01T00:00:00.0Z stdout P unfinished\n", "unfinished", ""},
	} {
		if err := os.WriteFile(f.logPath, []byte(c.log), 0o600); err != nil {
			t.Fatal(err)
		}
		args := append([]string{"-r", endpoint, "logs", "c-up"}, strings.Fields(c.args)...)
		if out, errOut, err := crictl(args...); err != nil || out != c.out || errOut != c.errOut {
			t.Errorf("%q: %q, %q, %v", c.args, out, errOut, err)
		}
	}
	for _, bad := range []string{"no log\n", "2026-01-01T00:00:00.0Z stdin F x\n"} {
		if err := copyLog(strings.NewReader(bad), -1, &bytes.Buffer{}, &bytes.Buffer{}); err == nil {
			t.Errorf("%q was taken for a log", bad)
		}
	}
}
