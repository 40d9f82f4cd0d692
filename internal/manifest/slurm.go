package manifest

import (
	"bytes"
	_ "embed"
	"strings"
	"text/template"
)

//go:embed slurm.sh.tmpl
var slurmText string

var slurm = template.Must(template.New("slurm").Funcs(template.FuncMap{
	"quote": quote,
	"less":  func(n int) int { return n - 1 },
}).Parse(slurmText))

// Slurm returns a script that submits the array of the shards, and the job that merges them.
func Slurm(o Options) ([]byte, error) {
	var out bytes.Buffer
	err := slurm.Execute(&out, o)
	return out.Bytes(), err
}

// quote quotes a word for the shell.
func quote(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-=:,./%+@") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
