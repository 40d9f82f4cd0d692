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

	// Sort the first table by makespan, twice, and write its first strategies into the title.
	script := `<script>
const head = [...document.querySelectorAll("th button")].find(b => b.textContent === "makespan");
const first = () => head.closest("table").tBodies[0].rows[0].cells[0].textContent;
head.click(); const up = first(); head.click(); const down = first();
const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
const broken = [...document.images].filter(i => !i.complete || !i.naturalWidth).length;
document.title = ["sorted", up, down, "wide", wide, "broken", broken, "images", document.images.length].join(" ");
</script></body>`
	trial := filepath.Join(dir, "sorted.html")
	eager := strings.ReplaceAll(string(text), ` loading="lazy"`, "")
	if err := os.WriteFile(trial, []byte(strings.Replace(eager, "</body>", script, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	document, said := browse(t, trial, "--dump-dom", "--window-size=400,800")
	title := regexp.MustCompile(`<title>(sorted [^<]*)</title>`).FindStringSubmatch(document)
	if title == nil || !strings.HasPrefix(title[1], "sorted goroutine-per-task sequential wide false broken 0 images ") {
		t.Errorf("on a phone, after sorting by makespan up and down, the title is %q", title)
	}
	if strings.Contains(said, "CONSOLE") {
		t.Errorf("the browser's console is not empty:\n%s", said)
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
