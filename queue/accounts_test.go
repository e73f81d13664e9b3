package queue

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// authority signs certificates for a test.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	dir  string // where files are written
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{dir: t.TempDir()}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(raw); err != nil {
		t.Fatal(err)
	}
	a.write(t, "ca.pem", "CERTIFICATE", raw)
	return a
}

// issue writes NAME.pem and NAME-key.pem, for servers and clients on loopback.
func (a *authority) issue(t testing.TB, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, name+".pem", "CERTIFICATE", raw)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, name+"-key.pem", "PRIVATE KEY", pkcs8)
}

func (a *authority) write(t testing.TB, file, kind string, data []byte) {
	t.Helper()
	if err := os.WriteFile(a.file(file), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

// accounts is a server that runs from configs/nats/accounts.conf.
type accounts struct {
	*authority
	url  string
	seed string // file with the workers' NKey
}

// password is that of a user of the test.
func password(user string) string { return "secret-of-" + user }

func startAccounts(t testing.TB, edit ...string) *accounts {
	t.Helper()
	a := &accounts{authority: newAuthority(t)}
	a.issue(t, "server")
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := key.Seed()
	if err != nil {
		t.Fatal(err)
	}
	a.seed = a.file("worker.nk")
	if err := os.WriteFile(a.seed, seed, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("WORKER_NKEY", public)
	for _, user := range []string{"operator", "arena", "course", "observer"} {
		t.Setenv(strings.ToUpper(user)+"_PASSWORD", password(user))
	}
	text, err := os.ReadFile("../configs/nats/accounts.conf")
	if err != nil {
		t.Fatal(err)
	}
	replace := strings.NewReplacer(append(edit, "/etc/nats/", a.dir+"/", "/var/lib/nats", t.TempDir(), "0.0.0.0:4222", "127.0.0.1:-1")...)
	file := a.file("server.conf")
	if err := os.WriteFile(file, []byte(replace.Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	options, err := server.ProcessConfigFile(file)
	if err != nil {
		t.Fatal(err)
	}
	options.NoSigs = true
	srv, err := server.NewServer(options)
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(queuetest.Patience) {
		t.Fatal("server does not start")
	}
	a.url = strings.Replace(srv.ClientURL(), "nats://", "tls://", 1)
	return a
}

// config is how a user reaches the server; "worker" is the one with the NKey.
func (a *accounts) config(user string) client.Config {
	cfg := client.Config{URL: a.url, CAFile: a.file("ca.pem"), Wait: 5 * time.Second}
	if user == "worker" {
		cfg.NKeyFile = a.seed
	} else {
		cfg.User, cfg.Password = user, password(user)
	}
	return cfg
}

func (a *accounts) connect(t testing.TB, user string) *client.Conn {
	t.Helper()
	conn, err := client.Connect(context.Background(), a.config(user))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}
