package inventory_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/inventory"
)

func TestServicesAreListedPieceByPiece(t *testing.T) {
	s := newStage(t)
	for i := range 120 {
		s.service(t, fmt.Sprintf("web-%03d", i), 0, s.group)
	}
	l := s.reader.Lister()
	first, err := l.Services(t.Context(), "prod", "")
	ok(t, err)
	second, err := l.Services(t.Context(), "prod", first.Next)
	ok(t, err)
	if len(first.Placed) != 100 || len(second.Placed) != 20 || second.Next != "" {
		t.Fatalf("%d and %d services, next %q", len(first.Placed), len(second.Placed), second.Next)
	}
	want := inventory.Placed{
		By: "service", Name: "prod/web-100", Cluster: "prod", Key: "service web-100", Runs: []inventory.Run{{Revision: "web:1", Groups: []string{s.group}}},
	}
	if diff := cmp.Diff(want, second.Placed[0]); diff != "" {
		t.Error(diff)
	}
	if n := s.Count("DescribeServices"); n != 12 {
		t.Errorf("%d calls of DescribeServices", n)
	}
}

func TestTasksAreListedPieceByPiece(t *testing.T) {
	s := newStage(t)
	s.service(t, "web", 1, s.group)
	for range 30 {
		s.run(t, 10, s.group)
	}
	l := s.reader.Lister()
	first, err := l.Tasks(t.Context(), "prod", "")
	ok(t, err)
	second, err := l.Tasks(t.Context(), "prod", first.Next)
	ok(t, err)
	if len(first.Placed) != 200 || len(second.Placed) != 101 || second.Next != "" {
		t.Fatalf("%d and %d tasks, next %q", len(first.Placed), len(second.Placed), second.Next)
	}
	if of := first.Placed[0]; of.Service != "service web" || of.By != "task" || of.Cluster != "prod" {
		t.Errorf("got %+v", of)
	}
	if alone := second.Placed[0]; alone.Service != "" || cmp.Diff(alone.Runs, []inventory.Run{{Revision: "web:1", Groups: []string{s.group}, Running: 1}}) != "" {
		t.Errorf("got %+v", alone)
	}
	if n := s.Count("DescribeNetworkInterfaces"); n != 2 {
		t.Errorf("%d calls of DescribeNetworkInterfaces", n)
	}
}

func TestADefaultGroupIsLookedUpOnce(t *testing.T) {
	s := newStage(t)
	s.service(t, "web", 0)
	s.reader.Homes = &inventory.Homes{}
	for range 3 {
		piece, err := s.reader.Lister().Services(t.Context(), "prod", "")
		ok(t, err)
		if diff := cmp.Diff([]string{s.standard}, piece.Placed[0].Runs[0].Groups); diff != "" {
			t.Error(diff)
		}
	}
	if n := s.Count("DescribeSubnets") + s.Count("DescribeSecurityGroups"); n != 2 {
		t.Errorf("%d calls", n)
	}
	s.Reset()
	piece, err := s.reader.Lister().Named(t.Context(), inventory.Named{Cluster: "prod", Names: []string{"web", "none"}})
	ok(t, err)
	if len(piece.Placed) != 1 || cmp.Diff([]string{s.standard}, piece.Placed[0].Runs[0].Groups) != "" || len(s.Calls()) != 1 {
		t.Errorf("got %+v after %d calls", piece.Placed, len(s.Calls()))
	}
}

func TestAClusterThatIsGoneIsEmpty(t *testing.T) {
	s := newStage(t)
	l := s.reader.Lister()
	for _, list := range []func() (inventory.Piece, error){
		func() (inventory.Piece, error) { return l.Services(t.Context(), "gone", "") },
		func() (inventory.Piece, error) { return l.Tasks(t.Context(), "gone", "") },
		func() (inventory.Piece, error) {
			return l.Running(t.Context(), inventory.Named{Cluster: "gone", Names: []string{"1"}})
		},
	} {
		if piece, err := list(); err != nil || !piece.Gone || len(piece.Placed) > 0 {
			t.Errorf("got %+v, %v", piece, err)
		}
	}
	names, err := l.Clusters(t.Context())
	if err != nil || len(names) != 1 || names[0] != "prod" {
		t.Errorf("clusters %v, %v", names, err)
	}
}

func TestWhatIsBehindGroups(t *testing.T) {
	s := newStage(t)
	s.run(t, 3, s.group)
	s.Network.AddInstance(s.subnet, s.group)
	found, err := s.reader.Lister().Behind(t.Context(), []string{s.group, s.standard})
	if b := found[s.group]; err != nil || len(b.Tasks) != 3 || len(b.Instances) != 1 || len(b.Others) > 0 || len(found[s.standard].Tasks) != 0 {
		t.Errorf("got %+v, %v", found, err)
	}
}
