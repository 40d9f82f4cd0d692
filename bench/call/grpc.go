package call

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/strictyaml"
)

// GRPC is a unary call a task. What its messages are, the server tells by reflection, or a set
// of descriptors, as protoc --descriptor_set_out writes it.
type GRPC struct {
	Address     string           // host:port
	Method      string           // package.Service/Method
	Message     string           // the request in JSON; may have placeholders; "" is an empty message
	Metadata    []request.Header // values may have placeholders, and ${NAME}
	Descriptors string           // a file; "" asks the server
	Channels    int              // connections, which share the calls; 0 is one
	TLS         bool             // without it the connection is in plain text
	CA          string           // a file of certificates to trust; "" are the system's
	Insecure    bool             // any certificate is accepted
	Expect      request.Expect   // of the answer, in JSON; without a status
	Data        string           // a CSV file
}

// MaxChannels is the most connections of a GRPC.
const MaxChannels = 10_000

var grpcMethod = regexp.MustCompile(`^/?[A-Za-z_][\w.]*/[A-Za-z_]\w*$`)

func (g *GRPC) Kind() string { return "grpc" }
func (g *GRPC) Rows() string { return g.Data }
func (g *GRPC) String() string {
	return "gRPC " + g.Address + ", " + short(strings.TrimPrefix(g.Method, "/"))
}
func (g *GRPC) Hosts() []string { return (&TCP{Address: g.Address}).Hosts() }

func (g *GRPC) Validate() (errs keyed.List) {
	checkAddress(&errs, g.Address)
	switch {
	case g.Method == "":
		errs.Add("method", "missing, such as grpc.health.v1.Health/Check")
	case !grpcMethod.MatchString(g.Method):
		errs.Add("method", "%s is not package.Service/Method, such as grpc.health.v1.Health/Check", quote.Text(g.Method))
	}
	keyed.Range(&errs, "channels", g.Channels, 0, MaxChannels)
	if !g.TLS && (g.CA != "" || g.Insecure) {
		errs.AddFrom("tls", []string{"ca", "insecure"}, "ca and insecure are for tls: true")
	}
	if len(g.Expect.Status) > 0 {
		errs.Add("expect.status", "a call by gRPC has no HTTP status; any but OK is an error")
	}
	errs.AddBelow("expect", g.Expect.Validate())
	return errs
}

func (g *GRPC) Missing() (errs keyed.List) {
	for _, h := range g.Metadata {
		needsEnvironment(&errs, keyed.Join("metadata", h.Name), h.Value)
	}
	needsData(&errs, g.Data)
	return errs
}

func (g *GRPC) MarshalYAML() (any, error) {
	f := form{"address": g.Address, "method": g.Method}
	f.put("message", g.Message, g.Message != "")
	if len(g.Metadata) > 0 {
		metadata := map[string]string{}
		for _, h := range (request.Request{Headers: g.Metadata}).Redacted().Headers {
			metadata[h.Name] = h.Value
		}
		f["metadata"] = metadata
	}
	f.put("descriptors", plainfile.Absolute(g.Descriptors), g.Descriptors != "")
	f.put("channels", g.Channels, g.Channels != 0)
	f.put("tls", true, g.TLS)
	f.put("ca", plainfile.Absolute(g.CA), g.CA != "")
	f.put("insecure", true, g.Insecure)
	f.put("expect", g.Expect, !g.Expect.Empty())
	f.put("data", plainfile.Absolute(g.Data), g.Data != "")
	return map[string]any(f), nil
}

func decodeGRPC(from *strictyaml.Decoder, n *yaml.Node) Call {
	g, d := new(GRPC), decoder{from, "grpc"}
	d.Object(n, "target.grpc", strictyaml.Fields{
		"address": d.text(&g.Address, "address"),
		"method":  d.text(&g.Method, "method"),
		"message": d.text(&g.Message, "message"),
		"metadata": func(n *yaml.Node) {
			for _, p := range d.Pairs(n, d.key("metadata")) {
				g.Metadata = append(g.Metadata, request.Header{Name: p.Key.Value, Value: d.String(p.Value, d.key("metadata."+p.Key.Value))})
			}
		},
		"descriptors": d.path(&g.Descriptors, "descriptors"),
		"channels":    func(n *yaml.Node) { g.Channels = d.Integer(n, d.key("channels")) },
		"tls":         func(n *yaml.Node) { g.TLS = d.Bool(n, d.key("tls")) },
		"ca":          d.path(&g.CA, "ca"),
		"insecure":    func(n *yaml.Node) { g.Insecure = d.Bool(n, d.key("insecure")) },
		"expect":      func(n *yaml.Node) { g.Expect = request.DecodeExpect(d.Decoder, n, d.key("expect")) },
		"data":        d.path(&g.Data, "data"),
	})
	return g
}
