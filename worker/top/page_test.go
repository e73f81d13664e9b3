package top

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// askPage sends a request to a page, as from an address of this host or of another one.
func askPage(t *testing.T, p *Page, from, target string, change func(*http.Request)) *http.Response {
	t.Helper()
	mux := http.NewServeMux()
	p.Routes(mux)
	r := httptest.NewRequest(http.MethodGet, target, http.NoBody)
	r.RemoteAddr = from
	if change != nil {
		change(r)
	}
	recorder := httptest.NewRecorder()
	mux.ServeHTTP(recorder, r)
	return recorder.Result()
}

func TestPageIsForThoseWhoMayLook(t *testing.T) {
	t.Parallel()
	const here, elsewhere = "127.0.0.1:5000", "192.0.2.1:5000"
	open, closed := NewPage(""), NewPage("secret")
	bearer := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	}
	cookie := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: tokenCookie, Value: "secret"}) }
	tests := []struct {
		name         string
		page         *Page
		from, target string
		change       func(*http.Request)
		want         int
	}{
		{"this host", open, here, "http://127.0.0.1:8080/", nil, http.StatusOK},
		{"this host by name", open, here, "http://localhost:8080/page.js", nil, http.StatusOK},
		{"this host, version 6", open, "[::1]:5000", "http://[::1]:8080/page.css", nil, http.StatusOK},
		{"another host", open, elsewhere, "http://192.0.2.2:8080/", nil, http.StatusForbidden},
		{"another host that says it is this one", open, elsewhere, "http://localhost:8080/pictures", nil, http.StatusForbidden},
		{"somebody's name that points here", open, here, "http://example.com:8080/", nil, http.StatusForbidden},
		{"no token", closed, here, "http://127.0.0.1:8080/", nil, http.StatusUnauthorized},
		{"a wrong token", closed, elsewhere, "http://192.0.2.2:8080/pictures", bearer("wrong"), http.StatusUnauthorized},
		{"a wrong token in the address", closed, elsewhere, "http://192.0.2.2:8080/?token=wrong", nil, http.StatusUnauthorized},
		{"an empty token", closed, elsewhere, "http://192.0.2.2:8080/?token=", bearer(""), http.StatusUnauthorized},
		{"the token", closed, elsewhere, "http://192.0.2.2:8080/", bearer("secret"), http.StatusOK},
		{"the token as a cookie", closed, elsewhere, "http://192.0.2.2:8080/page.js", cookie, http.StatusOK},
		{"the token in the address", closed, elsewhere, "http://192.0.2.2:8080/?token=secret", nil, http.StatusSeeOther},
		{"while the worker starts", open, here, "http://127.0.0.1:8080/pictures", nil, http.StatusServiceUnavailable},
		{"no such file", open, here, "http://127.0.0.1:8080/page.go", nil, http.StatusNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := askPage(t, tt.page, tt.from, tt.target, tt.change)
			if got.StatusCode != tt.want {
				text, _ := io.ReadAll(got.Body)
				t.Errorf("status %d, want %d: %s", got.StatusCode, tt.want, text)
			}
			if tt.want != http.StatusNotFound && !strings.HasPrefix(got.Header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("header: %v", got.Header)
			}
		})
	}
	redirected := askPage(t, closed, elsewhere, "http://192.0.2.2:8080/?token=secret", nil)
	if set := redirected.Cookies(); len(set) != 1 || set[0].Value != "secret" || !set[0].HttpOnly || redirected.Header.Get("Location") != "/" {
		t.Errorf("the token in the address leads to %q with %v", redirected.Header.Get("Location"), set)
	}
}

// What the script and the style are called, the page asks for; it asks for nothing else, and sets nothing as markup.
func TestPageIsWhole(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		text, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	page, script := read("page.html"), read("page.js")
	for _, want := range []string{`<script src="page.js" defer>`, `href="page.css"`, `lang="en"`, `role="status"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if strings.Contains(page+script+read("page.css"), "//"+"cdn") || strings.Contains(page+script, "http:") || strings.Contains(page+script, "https:") {
		t.Error("the page asks somebody else for something")
	}
	for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("} {
		if strings.Contains(script, bad) {
			t.Errorf("the script uses %s", bad)
		}
	}
	for _, id := range []string{"hands", "lanes", "workers", "lost", "verdicts"} {
		if !strings.Contains(page, `<table id="`+id+`"><caption>`) || !strings.Contains(script, "\n  "+id+": [") {
			t.Errorf("there is no table %s with a caption and columns", id)
		}
	}
}
