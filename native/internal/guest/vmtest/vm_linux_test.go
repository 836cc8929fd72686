package vmtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/sys/unix"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	"sandboxfile/native/internal/link"
)

// vm is a booted guest.
type vm struct {
	process *exec.Cmd
	console string
	disk    string
	spawned time.Time

	agent    agentv1connect.AgentServiceClient
	programs agentv1connect.ProcessServiceClient
	files    agentv1connect.FileServiceClient
	dial     agentv1connect.DialServiceClient
	stats    agentv1connect.StatsServiceClient
}

const deadline = 60 * time.Second

func assets(t testing.TB) string {
	folder := os.Getenv("SANDBOXFILE_TEST_ASSETS")
	if folder == "" {
		t.Skip("SANDBOXFILE_TEST_ASSETS is not set")
	}
	return folder
}

// boot starts QEMU on the disk, with one end of a socket pair as the agent's port.
func boot(t testing.TB, disk, root string) *vm {
	folder := assets(t)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "guest")
	defer theirs.Close()
	machine := &vm{console: filepath.Join(t.TempDir(), "console"), disk: disk}
	machine.process = exec.Command("qemu-system-x86_64", "-M", "microvm,acpi=off,rtc=on", "-accel", "tcg", "-cpu", "max",
		"-m", "512", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-kernel", folder+"/kernel",
		"-append", "console=hvc0 root=/dev/vda ro init=/init quiet tsc_early_khz="+kilohertz()+" tsc=reliable nolapic_timer"+
			" noreplace-smp initcall_blacklist=svm_init,vmx_init,jent_mod_init reboot=t panic=-1",
		"-device", "virtio-serial-device,id=vs0", "-chardev", "file,id=c0,path="+machine.console, "-device", "virtconsole,chardev=c0,bus=vs0.0",
		"-chardev", "socket,id=a0,fd=3", "-device", "virtserialport,chardev=a0,name="+link.PortName+",bus=vs0.0",
		"-drive", "id=d0,file="+folder+"/agent.img,format=raw,if=none,readonly=on",
		"-drive", "id=d1,file="+root+",format=raw,if=none,readonly=on",
		"-drive", "id=d2,file="+disk+",format=raw,if=none",
		"-device", "virtio-blk-device,drive=d0", "-device", "virtio-blk-device,drive=d1", "-device", "virtio-blk-device,drive=d2",
		"-object", "rng-random,id=r,filename=/dev/urandom", "-device", "virtio-rng-device,rng=r")
	machine.process.ExtraFiles = []*os.File{theirs}
	machine.process.Stderr = os.Stderr
	machine.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
	machine.spawned = time.Now()
	if err := machine.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = machine.process.Process.Kill()
		_ = machine.process.Wait()
		if t.Failed() {
			text, _ := os.ReadFile(machine.console)
			t.Logf("console:\n%s", text)
		}
	})
	file := os.NewFile(uintptr(pair[0]), "host")
	conn, err := net.FileConn(file)
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	client := link.Open(conn)
	t.Cleanup(func() { _ = client.Close() })
	machine.agent = agentv1connect.NewAgentServiceClient(client, link.BaseURL)
	machine.programs = agentv1connect.NewProcessServiceClient(client, link.BaseURL)
	machine.files = agentv1connect.NewFileServiceClient(client, link.BaseURL)
	machine.dial = agentv1connect.NewDialServiceClient(client, link.BaseURL)
	machine.stats = agentv1connect.NewStatsServiceClient(client, link.BaseURL)
	return machine
}

func kilohertz() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "cpu MHz"); ok {
			var mhz float64
			if _, err := fmt.Sscanf(strings.TrimLeft(rest, "\t :"), "%f", &mhz); err == nil {
				return fmt.Sprintf("%d", int(mhz*1000))
			}
		}
	}
	return "2000000"
}

// newDisk copies the empty disk, holes and all.
func newDisk(t testing.TB) string {
	path := filepath.Join(t.TempDir(), "disk.img")
	if out, err := exec.Command("cp", "--sparse=always", "--reflink=auto", assets(t)+"/empty.img", path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

func (m *vm) configure(t testing.TB) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	if _, err := m.agent.Hello(ctx, &agentv1.HelloRequest{Protocol: link.Generation}); err != nil {
		t.Fatalf("hello: %v", err)
	}
	t.Logf("hello after %v", time.Since(m.spawned))
	started := time.Now()
	response, err := m.agent.Configure(ctx, &agentv1.ConfigureRequest{
		UnixNanos: time.Now().UnixNano(), Entropy: make([]byte, 64), Hostname: "box",
		MachineId: strings.Repeat("0123456789abcdef", 2),
		Files:     []*agentv1.PlacedFile{{Path: "scripts/start", Mode: 0o750, Content: []byte("#!/bin/sh\necho started \"$@\"\n")}},
	})
	if err != nil {
		t.Fatalf("configure: %v", err)
	}
	t.Logf("configured in %v: %v", time.Since(started), response)
}

type result struct {
	stdout, stderr string
	exit           *agentv1.ExitStatus
	started        *agentv1.Started
}

// run starts a program, feeds it and waits for its end.
func (m *vm) run(ctx context.Context, spec *agentv1.ProcessSpec, input io.Reader, output io.Writer) (result, error) {
	var r result
	stream, err := m.programs.Exec(ctx)
	if err != nil {
		return r, err
	}
	defer stream.CloseResponse()
	if err := stream.Send(&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Start{Start: spec}}); err != nil {
		return r, err
	}
	if input != nil {
		go func() {
			buffer := make([]byte, link.MaxDataBytes)
			for {
				n, err := io.ReadFull(input, buffer)
				if n > 0 && stream.Send(&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Stdin{Stdin: buffer[:n]}}) != nil {
					return
				}
				if err != nil {
					_ = stream.Send(&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_StdinEnd{StdinEnd: &agentv1.StdinEnd{}}})
					return
				}
			}
		}()
	}
	for {
		response, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return r, err
		}
		switch kind := response.GetKind().(type) {
		case *agentv1.ExecResponse_Started:
			r.started = kind.Started
		case *agentv1.ExecResponse_Stdout:
			if output != nil {
				_, _ = output.Write(kind.Stdout)
			} else {
				r.stdout += string(kind.Stdout)
			}
		case *agentv1.ExecResponse_Stderr:
			r.stderr += string(kind.Stderr)
		case *agentv1.ExecResponse_Exited:
			r.exit = kind.Exited
		}
	}
}

func shell(script string) *agentv1.ProcessSpec {
	return &agentv1.ProcessSpec{Program: "/bin/sh", Args: []string{"-c", script}}
}

func isCode(err error, code connect.Code) bool { return connect.CodeOf(err) == code }
