// Package vmtest tries the agent in a real microVM. It has no code of its own.
//
// The tests need the product's assets and QEMU; SANDBOXFILE_TEST_ASSETS names a folder with kernel,
// agent.img, empty.img and root.img (a BusyBox root file system). Without it they are skipped.
package vmtest
