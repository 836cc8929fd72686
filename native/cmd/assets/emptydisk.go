package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"sandboxfile/native/internal/durable"
)

// The disk that every sandbox starts with. Virtual size; a few MB of it are allocated.
const emptyDiskSize = 64 << 30

// All of them named: the tool's defaults differ between systems.
const emptyDiskFeatures = "none,has_journal,ext_attr,dir_index,filetype,extent,64bit,flex_bg,sparse_super," +
	"large_file,huge_file,dir_nlink,extra_isize,metadata_csum"

// buildEmptyDisk formats a sparse file. Each option has to keep the first mounts cheap:
//   - the inode tables are holes, so they read as zeros and need no zeroing thread in the guest
//     (mke2fs marks them as zeroed because a file's discarded blocks read as zeros);
//   - the journal is small: its blocks become real as it is used, in every sandbox;
//   - nothing reserved for root, nothing for growing the file system later;
//   - the agent's two folders are there: making them is most of what a first mount would write;
//   - fixed identity and time, so that the same tool makes the same bytes.
func buildEmptyDisk(ctx context.Context, job *job) error {
	const identity = "6d656e76-0000-4000-8000-000000000001"
	return durable.WriteFile(job.out, 0o644, func(file *os.File) error {
		if err := file.Truncate(emptyDiskSize); err != nil {
			return err
		}
		command := exec.CommandContext(ctx, "mke2fs", "-q", "-F", "-b", "4096", "-I", "256", "-i", "32768", "-m", "0",
			"-U", identity, "-J", "size=32", "-O", emptyDiskFeatures,
			"-E", "discard,lazy_itable_init=0,lazy_journal_init=1,root_owner=0:0,hash_seed="+identity,
			file.Name())
		if err := runReproducibly(command); err != nil {
			return err
		}
		for _, folder := range []string{"upper", "work"} {
			if err := runReproducibly(exec.CommandContext(ctx, "debugfs", "-w", "-R", "mkdir "+folder, file.Name())); err != nil {
				return err
			}
		}
		return nil
	})
}

func runReproducibly(command *exec.Cmd) error {
	command.Env = append(os.Environ(), "E2FSPROGS_FAKE_TIME=1", "SOURCE_DATE_EPOCH=1", "MKE2FS_CONFIG=/dev/null")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", command.Args[0], err, output)
	}
	return nil
}
