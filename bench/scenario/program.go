package scenario

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/strictyaml"
	"github.com/fanbench/fanbench/strategies"
)

// Program is a strategy in a separate program, in any language: a worker that speaks the
// protocol (docs/protocol.md).
type Program struct {
	Name     string             // as a strategy
	Command  []string           // the program and its arguments
	Dir      string             // where it is started, which a relative path of it starts from; "" for here
	Protocol int                // the version of the protocol that it speaks: 1, or 2, which has phases of load; 0 means 1
	Params   []strategies.Param // with their defaults; of one that is called workers or limit the width is read
}

// spec is the program as a strategy that scenarios can name.
func (p Program) spec() strategies.Spec {
	s := strategies.Spec{
		Name:   p.Name,
		Doc:    "a program: " + strings.Join(p.Command, " "),
		Params: p.Params,
		New: func(strategies.Params) (strategies.Strategy, error) {
			return nil, fmt.Errorf("%s is a program and runs in its own process", p.Name)
		},
	}
	for _, param := range p.Params {
		if param.Name == "workers" || param.Name == "limit" {
			s.Width = func(given strategies.Params) int { return given.Int(param.Name) }
		}
	}
	return s
}

// Speaks returns the version of the protocol that the program speaks.
func (p Program) Speaks() int { return max(p.Protocol, 1) }

// Program returns the program of a strategy, nil if the strategy is not a program.
func (s Scenario) Program(c strategies.Choice) *Program {
	for i := range s.Programs {
		if s.Programs[i].Name == c.Spec.Name {
			return &s.Programs[i]
		}
	}
	return nil
}

// Executable returns the program's file. A path is relative to the program's directory,
// whatever the working directory; a name without a slash is looked up on the PATH.
func (p Program) Executable() string {
	name := p.Command[0]
	if filepath.Base(name) == name || filepath.IsAbs(name) {
		return name
	}
	name = filepath.Join(p.Dir, name)
	if filepath.Base(name) == name {
		name = "." + string(filepath.Separator) + name // Join has taken it off
	}
	return name
}

// decodePrograms reads the programs: a mapping from the name of each to its command, or
// to {command: [...], params: {workers: 8}}.
func decodePrograms(d *strictyaml.Decoder, n *yaml.Node) (programs []Program) {
	for _, pair := range d.Pairs(n, "programs") {
		p := Program{Name: pair.Key.Value, Dir: filepath.Dir(d.File())}
		if pair.Value.Kind == yaml.SequenceNode {
			p.Command = decodeCommand(d, pair.Value)
		} else {
			d.Object(pair.Value, p.Name, strictyaml.Fields{
				"command":  func(n *yaml.Node) { p.Command = decodeCommand(d, n) },
				"params":   func(n *yaml.Node) { p.Params = decodeParams(d, n) },
				"protocol": func(n *yaml.Node) { p.Protocol = d.Int(n, "protocol", 1, 2) },
				"dir": func(n *yaml.Node) {
					if dir := d.String(n, "dir"); filepath.IsAbs(dir) {
						p.Dir = dir
					} else {
						p.Dir = filepath.Join(p.Dir, dir)
					}
				},
			})
		}
		switch err := p.spec().Validate(); {
		case len(p.Command) == 0:
			d.Errorf(pair.Value, "%s: command is missing, such as [./worker, argument]", p.Name)
		case err != nil:
			d.Errorf(pair.Key, "%v", err)
		case strategies.Known(p.Name):
			d.Errorf(pair.Key, "%s is the name of another strategy", p.Name)
		default:
			programs = append(programs, p)
		}
	}
	return programs
}

func decodeCommand(d *strictyaml.Decoder, n *yaml.Node) (command []string) {
	for _, word := range d.List(n, "command") {
		command = append(command, d.String(word, "command"))
	}
	return command
}

// decodeParams reads the parameters of a program, whole numbers, with their defaults, in
// the order of their names.
func decodeParams(d *strictyaml.Decoder, n *yaml.Node) (params []strategies.Param) {
	for _, pair := range d.Pairs(n, "params") {
		params = append(params, strategies.Param{
			Name: pair.Key.Value, Min: 1, Max: strategies.MaxLimit,
			Default: int64(d.Int(pair.Value, pair.Key.Value, 1, strategies.MaxLimit)),
		})
	}
	slices.SortFunc(params, func(a, b strategies.Param) int { return strings.Compare(a.Name, b.Name) })
	return params
}

// MarshalYAML writes the program in the longer form of its file, with its absolute
// directory, so that it is the same program wherever it is read.
func (p Program) MarshalYAML() (any, error) {
	dir, err := filepath.Abs(p.Dir)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"command": p.Command, "dir": dir}
	if p.Protocol != 0 {
		out["protocol"] = p.Protocol
	}
	if len(p.Params) > 0 {
		params := map[string]int64{}
		for _, param := range p.Params {
			params[param.Name] = param.Default
		}
		out["params"] = params
	}
	return out, nil
}
