package browser

import (
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const goodPage = `<!doctype html><html lang="en"><head><title>Good</title><meta name="viewport" content="width=device-width">
<style>body{background:#fff;color:#111} @media (prefers-color-scheme: dark){body{background:#111;color:#eee}}</style></head>
<body><main><h1>Good</h1><label>Name <input id="name"></label><button id="go">Go</button><p id="said"></p><with-shadow></with-shadow></main>
<script>
go.onclick = e => said.textContent = (e.isTrusted ? "trusted " : "faked ") + document.getElementById("name").value
customElements.define("with-shadow", class extends HTMLElement {
  connectedCallback() {
    this.attachShadow({mode: "open"}).innerHTML = "<button>Inside</button>"
    this.shadowRoot.firstChild.onclick = () => said.textContent = "inside"
  }
})
</script></body></html>`

const badPage = `<!doctype html><html><head><title></title></head><body><img src="data:,"><button></button>
<script>console.error("something is wrong"); Promise.reject(new Error("nobody catches this"))</script></body></html>`

func serve(t *testing.T, pages map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(page))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestKit(t *testing.T) {
	b := Open(t, Options{})
	url := serve(t, map[string]string{"/": goodPage, "/bad": badPage, "/favicon.ico": ""})
	t.Run("clicks are a person's", func(t *testing.T) {
		for _, screen := range Screens() {
			page := b.Page(t, screen)
			page.Go(url)
			page.Type("#name", "Charles")
			page.Type("#name", "Ada")
			page.Click("#go")
			page.WaitText("#said", "trusted Ada")
			page.Click("with-shadow >>> button")
			page.WaitText("#said", "inside")
			page.WaitGone("#nowhere")
			if got := page.Text("h1"); got != "Good" {
				t.Errorf("the heading reads %q", got)
			}
			Axe(t, page)
		}
	})
	t.Run("screens", func(t *testing.T) { testScreens(t, b, url) })
	t.Run("another screen", func(t *testing.T) {
		page := b.Page(t, Desk)
		page.Go(url)
		page.Type("#name", "Ada")
		for _, screen := range Screens() {
			page.Show(screen)
			seen := Eval[[]any](page, `[innerWidth, matchMedia("(prefers-color-scheme: dark)").matches, matchMedia("(pointer: coarse)").matches, document.querySelector("#name").value]`)
			if want := []any{float64(screen.Width), screen.Dark, screen.Touch, "Ada"}; !slices.Equal(seen, want) {
				t.Errorf("%s: the page sees %v, not %v", screen.Name, seen, want)
			}
		}
	})
	t.Run("requests", func(t *testing.T) {
		page := b.Page(t, Phone)
		page.NoteRequests()
		page.Go(url + "/?who=ada#secret")
		page.Expect("404")
		Eval[bool](page, `fetch("/asked", {method: "POST"}).then(() => true)`)
		all := strings.Join(page.Requests(), "\n")
		for _, want := range []string{"GET " + url + "/?who=ada", "POST " + url + "/asked"} {
			if !strings.Contains(all, want) {
				t.Errorf("%q was not noted in %s", want, all)
			}
		}
		if strings.Contains(all, "secret") {
			t.Errorf("a fragment goes to no server: %s", all)
		}
	})
	t.Run("offline", func(t *testing.T) {
		page := b.Page(t, Phone)
		page.Go(url)
		page.Expect("ERR_INTERNET_DISCONNECTED")
		page.Offline(true)
		if Eval[bool](page, `navigator.onLine`) || Eval[bool](page, `fetch("/").then(() => true, () => false)`) {
			t.Error("offline, and the network answers")
		}
		page.Offline(false)
		page.Reload()
	})
	t.Run("complaints", func(t *testing.T) {
		page := b.Page(t, Desk)
		page.Go(url + "/bad")
		page.console.settle(page)
		said := strings.Join(page.Complaints(), "\n")
		for _, text := range []string{"something is wrong", "nobody catches this"} {
			if !strings.Contains(said, text) {
				t.Errorf("no complaint of %q in %q", text, said)
			}
			page.Expect(text)
		}
		found := map[string]bool{}
		for _, violation := range axe(t, page) {
			found[violation.ID] = true
		}
		for _, rule := range []string{"button-name", "image-alt", "document-title", "html-has-lang"} {
			if !found[rule] {
				t.Errorf("axe does not see %s", rule)
			}
		}
	})
}

func testScreens(t *testing.T, b *Browser, url string) {
	for _, screen := range Screens() {
		page := b.Page(t, screen)
		page.Go(url)
		file := filepath.Join(t.TempDir(), "shot.png")
		page.Shot(file)
		opened, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(opened)
		opened.Close()
		if err != nil {
			t.Fatal(err)
		}
		size := picture.Bounds().Size()
		if int64(size.X) != screen.Width || int64(size.Y) != screen.Height {
			t.Errorf("%s: the screenshot is %v", screen.Name, size)
		}
		red, _, _, _ := picture.At(1, size.Y-1).RGBA()
		if dark := red < 0x8000; dark != screen.Dark {
			t.Errorf("%s: dark is %v", screen.Name, dark)
		}
		if zone := Eval[string](page, `Intl.DateTimeFormat().resolvedOptions().timeZone + navigator.language`); zone != "America/New_Yorken-US" {
			t.Errorf("%s: time zone and language are %q", screen.Name, zone)
		}
	}
}
