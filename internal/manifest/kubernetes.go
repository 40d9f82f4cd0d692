package manifest

import (
	"bytes"
	"net/url"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// object is a YAML mapping.
type object = map[string]any

// list is a YAML sequence.
type list = []any

// Kubernetes returns the ConfigMap of the scenario, the Job of the shards and the Job that merges
// them.
func Kubernetes(o Options) ([]byte, error) {
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	for _, document := range []object{
		{"apiVersion": "v1", "kind": "ConfigMap", "metadata": o.metadata(o.Name, "scenario"), "immutable": true, "data": object{o.File: o.Scenario}},
		{"apiVersion": "batch/v1", "kind": "Job", "metadata": o.metadata(o.Name, "shard"), "spec": o.shards()},
		{"apiVersion": "batch/v1", "kind": "Job", "metadata": o.metadata(o.Name+"-merge", "merge"), "spec": o.merge()},
	} {
		if err := e.Encode(document); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), e.Close()
}

const (
	scenarioDir = "/scenario"
	workDir     = "/work"
	container   = "fanbench"
	nobody      = 65532 // the user of distroless images
	instance    = "app.kubernetes.io/instance"
)

// drained is a rule for pods: a node that is drained or lost is not their fault.
var drained = object{"action": "Ignore", "onPodConditions": list{object{"type": "DisruptionTarget", "status": "True"}}}

func (o Options) labels(part string) object {
	return object{"app.kubernetes.io/name": "fanbench", instance: o.Name, "app.kubernetes.io/component": part}
}

func (o Options) metadata(name, part string) object {
	return object{"name": name, "labels": o.labels(part)}
}

// shards is the spec of the Job that measures.
func (o Options) shards() object {
	args := []string{"run", scenarioDir + "/" + o.File, "--shard", "auto", "--no-charts", "--out", o.Out}
	pod := o.pod(append(args, o.Flags...), object{"cpu": strconv.Itoa(o.CPUs), "memory": o.Memory})
	// Two shards on a node would measure each other, also if they are of two measurements.
	anyShard := o.labels("shard")
	delete(anyShard, instance)
	pod["affinity"] = object{"podAntiAffinity": object{"requiredDuringSchedulingIgnoredDuringExecution": list{
		object{"labelSelector": object{"matchLabels": anyShard}, "topologyKey": "kubernetes.io/hostname"},
	}}}
	pod["topologySpreadConstraints"] = list{
		object{"labelSelector": object{"matchLabels": o.labels("shard")}, "maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"},
	}
	if len(o.NodeSelector) > 0 {
		pod["nodeSelector"] = o.NodeSelector
	}
	return object{
		"completionMode":       "Indexed",
		"completions":          o.Shards,
		"parallelism":          o.Shards,
		"backoffLimitPerIndex": o.Retries,
		"podReplacementPolicy": "Failed", // never two pods of a shard at the same time
		"podFailurePolicy": object{"rules": list{
			// A wrong command line or scenario stays wrong.
			object{"action": "FailIndex", "onExitCodes": object{"containerName": container, "operator": "In", "values": []int{2}}},
			drained,
		}},
		"template": object{"metadata": object{"labels": o.labels("shard")}, "spec": pod},
	}
}

// merge is the spec of the Job that waits for the shards and reports on them, to its log.
func (o Options) merge() object {
	pod := o.pod([]string{"merge", o.Out, "--wait", o.Wait, "--shards", strconv.Itoa(o.Shards), "--no-charts"}, object{"cpu": "250m", "memory": "1Gi"})
	return object{
		"backoffLimit":     0,
		"podFailurePolicy": object{"rules": list{drained}},
		"template":         object{"metadata": object{"labels": o.labels("merge")}, "spec": pod},
	}
}

// pod is the spec of a pod that runs fanbench, as nobody, on a file system that it cannot write
// to but for its own directory. Requests are its limits, so that CPUs are its own.
func (o Options) pod(args []string, resources object) object {
	mounts := list{
		object{"name": "scenario", "mountPath": scenarioDir, "readOnly": true},
		object{"name": "work", "mountPath": workDir},
	}
	volumes := list{
		object{"name": "scenario", "configMap": object{"name": o.Name}},
		object{"name": "work", "emptyDir": object{}},
	}
	if u, err := url.Parse(o.Out); err == nil && o.Claim != "" {
		mounts = append(mounts, object{"name": "results", "mountPath": u.Path})
		volumes = append(volumes, object{"name": "results", "persistentVolumeClaim": object{"claimName": o.Claim}})
	}
	from := func(path string) object { return object{"fieldRef": object{"fieldPath": path}} }
	c := object{
		"name": container, "image": o.Image, "args": args, "workingDir": workDir,
		"env": list{
			object{"name": "FANBENCH_SHARDS", "value": strconv.Itoa(o.Shards)},
			object{"name": "POD_NAME", "valueFrom": from("metadata.name")},
			object{"name": "NODE_NAME", "valueFrom": from("spec.nodeName")},
			object{"name": "HOME", "value": workDir},
			object{"name": "TMPDIR", "value": workDir},
		},
		"resources":    object{"requests": resources, "limits": resources},
		"volumeMounts": mounts,
		"securityContext": object{
			"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
			"capabilities": object{"drop": list{"ALL"}},
		},
	}
	if o.Secret != "" {
		c["envFrom"] = list{object{"secretRef": object{"name": o.Secret}}}
	}
	pod := object{
		"restartPolicy": "Never", "automountServiceAccountToken": false,
		"containers": list{c}, "volumes": volumes,
		"securityContext": object{
			"runAsNonRoot": true, "runAsUser": nobody, "runAsGroup": nobody, "fsGroup": nobody,
			"seccompProfile": object{"type": "RuntimeDefault"},
		},
	}
	if o.ServiceAccount != "" {
		pod["serviceAccountName"] = o.ServiceAccount
	}
	return pod
}
