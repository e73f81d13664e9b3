package top

import (
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gaveloj/gavel/queue/client"
)

// files are what the page consists of. It has no build step, and nothing of it comes from elsewhere.
//
//go:embed page.html page.css page.js
var files embed.FS

// Page serves the picture as a page that follows it, read-only:
//
//	GET /          the page, page.css, page.js
//	GET /pictures  server-sent events: a picture as JSON every two seconds; "trouble" with a reason in words in place of one
//
// Whoever shows a token that was set may look. Without a token only this host may.
type Page struct {
	token   string // "" where there is none
	viewers atomic.Int32
	queue   atomic.Pointer[client.Client] // nil until the worker has a connection
	ended   chan struct{}
}

// NewPage makes a page. token is what somebody has to show, "" for none.
func NewPage(token string) *Page { return &Page{token: token, ended: make(chan struct{})} }

// Follow tells the page where the queue is. Until then it says that the worker is starting.
func (p *Page) Follow(queue *client.Client) { p.queue.Store(queue) }

// Close ends every connection that follows. It is called once.
func (p *Page) Close() { close(p.ended) }

// Routes adds the page to a server.
func (p *Page) Routes(mux *http.ServeMux) {
	mux.Handle("GET /{$}", p.Allowed(p.file("page.html", "text/html; charset=utf-8")))
	mux.Handle("GET /page.css", p.Allowed(p.file("page.css", "text/css; charset=utf-8")))
	mux.Handle("GET /page.js", p.Allowed(p.file("page.js", "text/javascript; charset=utf-8")))
	mux.Handle("GET /pictures", p.Allowed(http.HandlerFunc(p.pictures)))
}

func (p *Page) file(name, kind string) http.Handler {
	data, err := files.ReadFile(name)
	if err != nil {
		panic("page: " + err.Error()) // it is in the binary
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(data) // who has gone needs nothing
	})
}

// tokenCookie keeps the token in the browser, in place of the address.
const tokenCookie = "gavel-token"

// Allowed lets those in who may look.
func (p *Page) Allowed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		switch {
		case p.token == "" && !(fromHere(r) && toHere(r.Host)):
			http.Error(w, "this is for the worker's own host; start the worker with --http-token FILE to look from elsewhere", http.StatusForbidden)
		case p.token == "":
			next.ServeHTTP(w, r)
		case p.shown(r.URL.Query().Get("token")):
			http.SetCookie(w, &http.Cookie{Name: tokenCookie, Value: r.URL.Query().Get("token"), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
			http.Redirect(w, r, withoutToken(*r.URL), http.StatusSeeOther)
		case p.hasToken(r):
			next.ServeHTTP(w, r)
		default:
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "show the token of --http-token: open /?token=TOKEN once, or send Authorization: Bearer TOKEN", http.StatusUnauthorized)
		}
	})
}

// withoutToken is an address that may be seen in a browser.
func withoutToken(u url.URL) string {
	query := u.Query()
	query.Del("token")
	u.RawQuery = query.Encode()
	return u.RequestURI()
}

func (p *Page) hasToken(r *http.Request) bool {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && p.shown(bearer) {
		return true
	}
	cookie, err := r.Cookie(tokenCookie)
	return err == nil && p.shown(cookie.Value)
}

// shown compares a token in a time that tells nothing of it.
func (p *Page) shown(token string) bool {
	want, got := sha256.Sum256([]byte(p.token)), sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// fromHere reports whether a request came from this host.
func fromHere(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback()
}

// toHere reports whether a request was sent to this host by a name that only it has. A page of somebody else can have its own
// name point here, and would be let in by the browser.
func toHere(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	address, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return name == "localhost" || err == nil && address.Unmap().IsLoopback()
}

// Bounds of what looking may cost the server of the queue.
const (
	pictureEvery = 2 * time.Second
	maxViewers   = 16
)

// pictures sends one picture after the other until the viewer or the worker has gone.
func (p *Page) pictures(w http.ResponseWriter, r *http.Request) {
	if p.viewers.Add(1) > maxViewers {
		p.viewers.Add(-1)
		http.Error(w, fmt.Sprintf("%d pages follow this worker already", maxViewers), http.StatusServiceUnavailable)
		return
	}
	defer p.viewers.Add(-1)
	queue := p.queue.Load()
	if queue == nil {
		http.Error(w, "the worker is starting", http.StatusServiceUnavailable)
		return
	}
	m, ctx := newModel(time.Now), r.Context()
	unlisten, err := queue.Listen(client.Listener{Event: m.event, Verdict: m.verdict})
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer unlisten()
	w.Header().Set("Content-Type", "text/event-stream")
	tick := time.NewTicker(pictureEvery)
	defer tick.Stop()
	for {
		kind, data := "message", any(nil)
		if err := ask(ctx, queue, "", m); err != nil {
			kind, data = "trouble", err.Error()
		} else {
			data = m.show()
		}
		if send(w, kind, data) != nil {
			return // nobody looks any more
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		case <-p.ended:
			return
		}
	}
}

// send writes one event. The server's own time limit is for answers that end.
func send(w http.ResponseWriter, kind string, data any) error {
	line, err := json.Marshal(data)
	if err != nil {
		return err
	}
	c := http.NewResponseController(w)
	if err := c.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", kind, line); err != nil {
		return err
	}
	return c.Flush()
}
