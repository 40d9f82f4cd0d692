package grpccall

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// methodFromFile finds a method in a set of descriptors.
func methodFromFile(file, method string) (protoreflect.MethodDescriptor, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("%s: it is no set of descriptors, as protoc --include_imports --descriptor_set_out writes it: %w", file, err)
	}
	m, err := find(&set, method)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return m, nil
}

// find finds a unary method.
func find(set *descriptorpb.FileDescriptorSet, method string) (protoreflect.MethodDescriptor, error) {
	files, err := protodesc.NewFiles(set)
	if err != nil {
		return nil, err
	}
	service, name, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	d, err := files.FindDescriptorByName(protoreflect.FullName(service))
	of, ok := d.(protoreflect.ServiceDescriptor)
	if err != nil || !ok {
		var known []string
		files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
			for i := range f.Services().Len() {
				known = append(known, string(f.Services().Get(i).FullName()))
			}
			return true
		})
		slices.Sort(known)
		return nil, fmt.Errorf("no service %s (there are: %s)", service, strings.Join(known, ", "))
	}
	m := of.Methods().ByName(protoreflect.Name(name))
	if m == nil {
		var known []string
		for i := range of.Methods().Len() {
			known = append(known, string(of.Methods().Get(i).Name()))
		}
		return nil, fmt.Errorf("service %s has no method %s (it has: %s)", service, name, strings.Join(known, ", "))
	}
	if m.IsStreamingClient() || m.IsStreamingServer() {
		return nil, fmt.Errorf("%s streams; only unary calls can be tasks", m.FullName())
	}
	return m, nil
}

// methodFromServer asks the server for a method, by reflection (grpc.reflection.v1).
func methodFromServer(ctx context.Context, ch *grpc.ClientConn, method string) (protoreflect.MethodDescriptor, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	service, _, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	stream, err := reflection.NewServerReflectionClient(ch).ServerReflectionInfo(ctx)
	if err != nil {
		return nil, err
	}
	var set descriptorpb.FileDescriptorSet
	seen := map[string]bool{}
	// ask asks for files that the set does not have yet, and for those that they import.
	var ask func(r *reflection.ServerReflectionRequest) error
	ask = func(r *reflection.ServerReflectionRequest) error {
		if err := stream.Send(r); err != nil {
			return err
		}
		answer, err := stream.Recv()
		if err != nil {
			return err
		}
		if e := answer.GetErrorResponse(); e != nil {
			return status.Error(codes.Code(e.ErrorCode), e.ErrorMessage)
		}
		for _, text := range answer.GetFileDescriptorResponse().GetFileDescriptorProto() {
			f := new(descriptorpb.FileDescriptorProto)
			if err := proto.Unmarshal(text, f); err != nil {
				return err
			}
			if seen[f.GetName()] {
				continue
			}
			seen[f.GetName()] = true
			set.File = append(set.File, f)
			for _, needed := range f.Dependency {
				if seen[needed] {
					continue
				}
				if known, err := protoregistry.GlobalFiles.FindFileByPath(needed); err == nil {
					seen[needed] = true
					set.File = append(set.File, protodesc.ToFileDescriptorProto(known))
					continue
				}
				if err := ask(&reflection.ServerReflectionRequest{MessageRequest: &reflection.ServerReflectionRequest_FileByFilename{FileByFilename: needed}}); err != nil {
					return err
				}
			}
		}
		return nil
	}
	err = ask(&reflection.ServerReflectionRequest{MessageRequest: &reflection.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: service}})
	switch {
	case status.Code(err) == codes.Unimplemented:
		return nil, fmt.Errorf("the server has no reflection (grpc.reflection.v1): name a file of descriptors (target.grpc.descriptors)")
	case status.Code(err) == codes.NotFound:
		return nil, fmt.Errorf("the server has no service %s", service)
	case err != nil:
		return nil, plain(ctx, err)
	}
	return find(&set, method)
}
