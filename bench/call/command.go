package call

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/strictyaml"
)

// Command is a process a task, as xargs -P starts them. What it writes to its standard output
// is counted and dropped; the first line of its standard error is in the error of a task that
// fails.
type Command struct {
	Argv  []string // the program and its arguments; or
	Shell string   // a line for sh -c
	Dir   string   // where it runs; "" is fanbench's own directory
	Stdin string   // what it reads
	Exit  int      // the status that it is to end with
	Data  string   // a CSV file
}

func (c *Command) Kind() string    { return "command" }
func (c *Command) Hosts() []string { return nil }
func (c *Command) Rows() string    { return c.Data }

func (c *Command) String() string {
	if c.Shell != "" {
		return "command " + short(c.Shell)
	}
	return "command " + short(strings.Join(c.Argv, " "))
}

func (c *Command) Validate() (errs keyed.List) {
	switch {
	case len(c.Argv) == 0 && c.Shell == "":
		errs.Add("", "missing: argv, such as [convert, \"{task}.png\", out.jpg], or shell, a line for sh")
	case len(c.Argv) > 0 && c.Shell != "":
		errs.Add("shell", "argv is given too; name either")
	case len(c.Argv) > 0 && c.Argv[0] == "":
		errs.Add(keyed.Item("argv", 0), "the program's name is empty")
	}
	keyed.Range(&errs, "exit", c.Exit, 0, 255)
	return errs
}

func (c *Command) Missing() (errs keyed.List) {
	needsData(&errs, c.Data)
	return errs
}

func (c *Command) MarshalYAML() (any, error) {
	f := form{}
	f.put("argv", c.Argv, len(c.Argv) > 0)
	f.put("shell", c.Shell, c.Shell != "")
	f.put("dir", plainfile.Absolute(c.Dir), c.Dir != "")
	f.put("stdin", c.Stdin, c.Stdin != "")
	f.put("exit", c.Exit, c.Exit != 0)
	f.put("data", plainfile.Absolute(c.Data), c.Data != "")
	return map[string]any(f), nil
}

func decodeCommand(from *strictyaml.Decoder, n *yaml.Node) Call {
	c, d := new(Command), decoder{from, "command"}
	d.Object(n, "target.command", strictyaml.Fields{
		"argv":  d.texts(&c.Argv, "argv"),
		"shell": d.text(&c.Shell, "shell"),
		"dir":   d.path(&c.Dir, "dir"),
		"stdin": d.text(&c.Stdin, "stdin"),
		"exit":  func(n *yaml.Node) { c.Exit = d.Integer(n, d.key("exit")) },
		"data":  d.path(&c.Data, "data"),
	})
	return c
}
