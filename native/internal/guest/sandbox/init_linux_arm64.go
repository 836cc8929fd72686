package sandbox

import "encoding/binary"

const machine = 183 // EM_AARCH64

func initCode() []byte {
	instructions := []uint32{
		0xd2800220, //       mov x0, #17 (SIGCHLD)
		0x100001a1, //       adr x1, action
		0xd2800002, //       mov x2, #0
		0xd2800103, //       mov x3, #8
		0xd28010c8, //       mov x8, #134 (rt_sigaction)
		0xd4000001, //       svc #0
		0xd2800000, // loop: mov x0, #0
		0xd2800001, //       mov x1, #0
		0xd2800002, //       mov x2, #0
		0xd2800003, //       mov x3, #0
		0xd2800004, //       mov x4, #0
		0xd2800928, //       mov x8, #73 (ppoll)
		0xd4000001, //       svc #0
		0x17fffff9, //       b loop
	}
	action := make([]byte, 32) // handler, flags, restorer, mask
	action[0] = 1              // SIG_IGN
	return append(assemble(instructions), action...)
}

// procCode is followed by two strings: the kind of file system and the target.
func procCode() []byte {
	return assemble([]uint32{
		0x10000140,            //                 adr x0, kind   (source)
		0x30000141,            //                 adr x1, target
		0xaa0003e2,            //                 mov x2, x0     (kind)
		0xd2800003 | plain<<5, //      mov x3, #flags
		0xd2800004,            //                 mov x4, #0     (options)
		0xd2800508,            //                 mov x8, #40 (mount)
		0xd4000001,            //                 svc #0
		0xcb0003e0,            //                 neg x0, x0
		0xd2800ba8,            //                 mov x8, #93 (exit)
		0xd4000001,            //                 svc #0
	})
}

func assemble(instructions []uint32) []byte {
	var code []byte
	for _, instruction := range instructions {
		code = binary.LittleEndian.AppendUint32(code, instruction)
	}
	return code
}
