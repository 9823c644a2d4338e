package cloud

import (
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/local"
)

// TestAPortInUseIsToldWithWhatToDo: before anything is started.
func TestAPortInUseIsToldWithWhatToDo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	_, err = Up(t.Context(), Options{Root: "../../..", Region: "us-east-1", Port: port})
	if err == nil || !strings.Contains(err.Error(), "end the program that uses it") {
		t.Errorf("error %v", err)
	}
}

func TestAnAbsentPythonIsToldWithWhatToDo(t *testing.T) {
	_, err := Up(t.Context(), Options{Root: t.TempDir(), Region: "us-east-1"})
	if err == nil || !strings.Contains(err.Error(), "make venv") {
		t.Errorf("error %v", err)
	}
}

// TestMappingsAreTheTemplates reads what SAM makes of a template whose mappings differ in everything.
func TestMappingsAreTheTemplates(t *testing.T) {
	python, err := local.Python("../../..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("testdata", "mappings.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := translated(t.Context(), python, text)
	if err != nil {
		t.Fatal(err)
	}
	type read struct {
		function, queue string
		batch, window   int
		partial         bool
	}
	got := map[string]read{}
	for _, m := range d.mappings() {
		got[m.name] = read{m.function, m.queue, m.batch, m.windowSeconds, m.partial}
	}
	want := map[string]read{
		"EchoFunctionWhole":   {"EchoFunction", "WholeQueue", 10, 0, false}, // AWS's defaults
		"EchoFunctionPartial": {"EchoFunction", "PartialQueue", 50, 2, true},
	}
	if !maps.Equal(got, want) {
		t.Errorf("mappings %+v, want %+v", got, want)
	}
}

func TestAnInvalidTemplateIsToldInTheTranslatorsWords(t *testing.T) {
	python, err := local.Python("../../..")
	if err != nil {
		t.Fatal(err)
	}
	_, err = translated(t.Context(), python, []byte("Resources: {F: {Type: AWS::Serverless::Function, Properties: {Handler: 7}}}"))
	if err == nil || !strings.Contains(err.Error(), "translating the template") || !strings.Contains(err.Error(), "InvalidResourceException('F'") {
		t.Errorf("error %v", err)
	}
}
