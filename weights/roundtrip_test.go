package weights_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"squeezenet/weights"
	"squeezenet/weights/shipped"
)

func TestShippedFloat(t *testing.T) {
	m, err := weights.Read(shipped.F32)
	if err != nil {
		t.Fatal(err)
	}
	if m.Arch != "squeezenet1_1" || len(m.Labels) != 1000 || len(m.Convs) != 26 || !m.Pipeline.BGR || m.Pipeline.Crop != 227 {
		t.Errorf("arch %q, %d labels, %d layers, pipeline %+v", m.Arch, len(m.Labels), len(m.Convs), m.Pipeline)
	}
	if l := m.Labels[281]; l.WNID != "n02123045" || !strings.HasPrefix(l.Name, "tabby") {
		t.Errorf("label 281 is %+v, want tabby", l)
	}
	n := 0
	for _, v := range m.Convs {
		n += len(v.Kernel) + len(v.Bias)
	}
	if n != 1235496 {
		t.Errorf("%d parameters, want 1235496", n)
	}
	again, err := weights.Write(m)
	if err != nil || !bytes.Equal(again, shipped.F32) {
		t.Errorf("writing what was read gives other bytes (error %v)", err)
	}
	back, err := weights.Read(again)
	if err != nil || !reflect.DeepEqual(m, back) {
		t.Errorf("reading what was written gives another model (error %v)", err)
	}
}
