// Package cabundle says where the distributions keep the authorities that they trust, on hosts and in guests.
package cabundle

// Files are the bundles. Links come after what they lead to.
var Files = []string{
	"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
}

// MaxRoots is how many bytes of them a message to the guest has room for.
const MaxRoots = 512 << 10
