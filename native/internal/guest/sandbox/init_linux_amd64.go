package sandbox

const machine = 62 // EM_X86_64

func initCode() []byte {
	return []byte{
		0xb8, 13, 0, 0, 0, //                   mov eax, rt_sigaction
		0xbf, 17, 0, 0, 0, //                   mov edi, SIGCHLD
		0x48, 0x8d, 0x35, 0x16, 0, 0, 0, //     lea rsi, [rip + action]
		0x31, 0xd2, //                          xor edx, edx
		0x41, 0xba, 8, 0, 0, 0, //              mov r10d, 8
		0x0f, 0x05, //                          syscall
		0xb8, 34, 0, 0, 0, //             loop: mov eax, pause
		0x0f, 0x05, //                          syscall
		0xeb, 0xf7, //                          jmp loop
		0x0f, 0x1f, 0, //                       (padding)
		1, 0, 0, 0, 0, 0, 0, 0, //      action: SIG_IGN
		0, 0, 0, 0, 0, 0, 0, 0, //              flags
		0, 0, 0, 0, 0, 0, 0, 0, //              restorer
		0, 0, 0, 0, 0, 0, 0, 0, //              mask
	}
}

// procCode is followed by two strings: the kind of file system and the target.
func procCode() []byte {
	return []byte{
		0x48, 0x8d, 0x3d, 0x25, 0, 0, 0, // lea rdi, [rip + kind]   (source)
		0x48, 0x8d, 0x35, 0x23, 0, 0, 0, // lea rsi, [rip + target]
		0x48, 0x89, 0xfa, //                mov rdx, rdi            (kind)
		0x41, 0xba, plain, 0, 0, 0, //      mov r10d, flags
		0x45, 0x31, 0xc0, //                xor r8d, r8d            (options)
		0xb8, 165, 0, 0, 0, //              mov eax, mount
		0x0f, 0x05, //                      syscall
		0xf7, 0xd8, //                      neg eax
		0x89, 0xc7, //                      mov edi, eax
		0xb8, 60, 0, 0, 0, //               mov eax, exit
		0x0f, 0x05, //                      syscall
	}
}
