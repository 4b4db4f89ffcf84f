package testkit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// certificate is a self-signed one for localhost and 127.0.0.1.
type certificate struct {
	pair  tls.Certificate
	roots *x509.CertPool
}

// Certificate makes a certificate for localhost and 127.0.0.1: the paths of two PEM files for a server, and what a
// client needs to verify it.
func Certificate(t testing.TB) (cert, key string, client *tls.Config) {
	t.Helper()
	c, err := newCertificate()
	if err != nil {
		t.Fatalf("make a certificate: %v", err)
	}
	dir := t.TempDir()
	if err := c.write(dir); err != nil {
		t.Fatalf("write a certificate: %v", err)
	}
	return filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), c.clientConfig()
}

func newCertificate() (*certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "localhost"},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		// A root of its own, so that a client may verify it properly.
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read the certificate back: %w", err)
	}
	c := &certificate{
		pair:  tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf},
		roots: x509.NewCertPool(),
	}
	c.roots.AddCert(leaf)
	return c, nil
}

func (c *certificate) serverConfig() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{c.pair}, MinVersion: tls.VersionTLS12}
}

func (c *certificate) clientConfig() *tls.Config {
	return &tls.Config{RootCAs: c.roots, ServerName: "localhost", MinVersion: tls.VersionTLS12}
}

// write puts cert.pem and key.pem into dir for a server program to read.
func (c *certificate) write(dir string) error {
	key, err := x509.MarshalPKCS8PrivateKey(c.pair.PrivateKey)
	if err != nil {
		return fmt.Errorf("encode the key: %w", err)
	}
	files := map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: c.pair.Certificate[0]},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: key},
	}
	for name, block := range files {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}
