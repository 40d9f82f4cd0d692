package reports

import (
	"bytes"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fanbench/fanbench/internal/needs"
)

// browser is headless Chromium, under any of its installed names.
func browser(t *testing.T) string {
	t.Helper()
	return needs.Program(t, "chromium", "chromium-browser", "google-chrome")
}

// browse opens a page and returns its document after its scripts have run, and the output of
// the browser.
func browse(t *testing.T, page string, args ...string) (document, said string) {
	t.Helper()
	address := (&url.URL{Scheme: "file", Path: filepath.ToSlash(page)}).String()
	args = append([]string{
		"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--enable-logging=stderr",
		"--user-data-dir=" + t.TempDir(),
	}, args...)
	cmd := exec.CommandContext(t.Context(), browser(t), append(args, address)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd.Path, err, errs.String())
	}
	return out.String(), errs.String()
}

func TestPageInABrowser(t *testing.T) {
	browser(t)
	dir := t.TempDir()
	page := filepath.Join(rendered(t, "run").dir, pageFile)
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`(src|href)="(https?:)?//[^"]*"`).Find(text); m != nil {
		t.Errorf("the page needs the network: %s", m)
	}

	// A frame of each width looks at its page, and tells the page around it.
	inside := `<script>
const head = [...document.querySelectorAll("th button")].find(b => b.textContent === "makespan");
const first = () => head.closest("table").tBodies[0].rows[0].cells[0].textContent;
head.click(); const up = first(); head.click(); const down = first();
const all = (what, wrong) => [...document.querySelectorAll(what)].filter(wrong).length;
addEventListener("load", () => parent.postMessage([
  innerWidth + ": sorted", up, down,
  "wide", document.documentElement.scrollWidth > document.documentElement.clientWidth,
  "cut", all("main *:not(.wide *):not(.chart *):not(.only-dark):not(.only-light)", e => e.getBoundingClientRect().right > innerWidth + 1),
  "unreachable", all(".wide, .chart", e => e.scrollWidth > e.clientWidth && e.tabIndex !== 0),
  "untold", all("[role=img]", e => e.getAttribute("aria-label").length < 20) + all("svg:not([aria-hidden])", () => true),
  "captions", all("table", t => !t.caption || !t.caption.textContent), "scopes", all("th", t => !t.scope),
  "charts", all(".chart", c => c.getBoundingClientRect().height > 100) > 5,
  getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector(".chart text")).fill,
].join(" "), "*"));
</script></body>`
	trial := filepath.Join(dir, "trial.html")
	if err := os.WriteFile(trial, []byte(strings.Replace(string(text), "</body>", inside, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	around := filepath.Join(dir, "around.html")
	if err := os.WriteFile(around, []byte(`<title>none</title><script>
const told = [];
addEventListener("message", m => { told.push(m.data); document.title = "told|" + told.sort().join("|"); });
</script>
<iframe width="1400" height="900" src="trial.html"></iframe><iframe width="768" height="900" src="trial.html"></iframe><iframe width="390" height="900" src="trial.html"></iframe>`), 0o644); err != nil {
		t.Fatal(err)
	}
	for scheme, colors := range map[string]string{"1": "rgb(255, 255, 255) rgb(31, 35, 40)", "0": "rgb(20, 24, 29) rgb(230, 237, 243)"} {
		document, said := browse(t, around, "--dump-dom", "--window-size=1600,1000", "--virtual-time-budget=20000", "--blink-settings=preferredColorScheme="+scheme)
		var want []string
		for _, width := range []string{"1400", "390", "768"} {
			want = append(want, width+": sorted goroutine-per-task sequential wide false cut 0 unreachable 0 untold 0 captions 0 scopes 0 charts true "+colors)
		}
		title := regexp.MustCompile(`<title>([^<]*)</title>`).FindStringSubmatch(document)
		if diff := cmp.Diff(append([]string{"told"}, want...), strings.Split(title[1], "|")); diff != "" {
			t.Errorf("colour scheme %s (-want +got):\n%s", scheme, diff)
		}
		if strings.Contains(said, "CONSOLE") {
			t.Errorf("the browser's console is not empty:\n%s", said)
		}
	}

	shot := filepath.Join(dir, "shot.png")
	browse(t, page, "--screenshot="+shot, "--window-size=1200,1600")
	data, err := os.ReadFile(shot)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	colors := map[uint32]bool{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			colors[r>>8<<16|g>>8<<8|b>>8] = true
		}
	}
	const blank = 50 // number of colours; even text has more
	if len(colors) < blank {
		t.Errorf("the screenshot has %d colours: is the page blank?", len(colors))
	}
}
