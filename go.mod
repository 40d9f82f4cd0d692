module github.com/fanbench/fanbench

go 1.26.0

require golang.org/x/sync v0.24.0

require go.yaml.in/yaml/v3 v3.0.6
