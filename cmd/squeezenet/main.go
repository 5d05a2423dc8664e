// Command squeezenet classifies pictures with SqueezeNet, measures and describes the networks, turns
// weight files into models, trains on one's own classes, and serves the web page.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// The streams of one call.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// A command's run gets its flags' set and returns what it is to do with the arguments.
type command struct {
	name, args, short string
	setup             func(flags *flag.FlagSet) func(s streams, args []string) error
}

var commands = []command{
	{"classify", "FILE|DIR|- ...", "name the likeliest classes of pictures; - reads one from standard input", setupClassify},
	{"eval", "DIR", "measure top-1 and top-5 on pictures whose names or folders begin with a WordNet id", setupEval},
	{"describe", "", "list an architecture's layers with shapes, parameters, multiply-adds and bytes", setupDescribe},
	{"inspect", "FILE", "show what is in a model file", setupInspect},
	{"quantize", "--calibrate DIR IN OUT", "turn a float32 model into an int8 one, of a chosen size", setupQuantize},
	{"convert", "IN OUT", "turn a weight file into a model (.sqz), or a float32 model into .safetensors or .onnx", setupConvert},
	{"train", "--classes DIR OUT", "train a new last layer on pictures of one's own classes", setupTrain},
	{"serve", "DIR", "serve a folder of static files on a local address", setupServe},
}

// A usageError is wrong usage of a command: the usage is printed and the exit status is 2.
type usageError string

func (e usageError) Error() string { return string(e) }

// errSaid ends a command with exit status 1 when everything has been said on standard error.
var errSaid = errors.New("said before")

func main() {
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run returns the exit status: 0 done, 1 failed, 2 wrong usage.
func run(args []string, s streams) int {
	if len(args) == 0 {
		usage(s.err)
		return 2
	}
	name := args[0]
	if slices.Contains([]string{"help", "-h", "-help", "--help"}, name) {
		usage(s.out)
		return 0
	}
	i := slices.IndexFunc(commands, func(c command) bool { return c.name == name })
	if i < 0 {
		fmt.Fprintf(s.err, "squeezenet: there is no command %q\n\n", name)
		usage(s.err)
		return 2
	}
	c := commands[i]
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	do := c.setup(flags)
	rest, err := parse(flags, args[1:])
	if err == nil {
		err = do(s, rest)
	} else if !errors.Is(err, flag.ErrHelp) {
		err = usageError(err.Error())
	}
	var wrong usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		c.usage(s.out, flags)
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintf(s.err, "squeezenet %s: %s\n\n", name, wrong)
		c.usage(s.err, flags)
		return 2
	case !errors.Is(err, errSaid):
		fmt.Fprintf(s.err, "squeezenet %s: %v\n", name, err)
	}
	return 1
}

// parse parses flags that may stand before, between and after the arguments; after -- all are arguments.
func parse(flags *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		left := flags.Args()
		if n := len(args) - len(left); len(left) == 0 || n > 0 && args[n-1] == "--" {
			return append(rest, left...), nil
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}

func usage(w io.Writer) {
	fmt.Fprint(w, "usage: squeezenet COMMAND [flags] ...\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-32s %s\n", strings.TrimSpace(c.name+" "+c.args), c.short)
	}
	fmt.Fprint(w, "\nsqueezenet COMMAND -h lists a command's flags.\n")
}

func (c command) usage(w io.Writer, flags *flag.FlagSet) {
	fmt.Fprintf(w, "usage: squeezenet %s [flags] %s\n  %s\n", c.name, c.args, c.short)
	flags.SetOutput(w)
	flags.PrintDefaults()
}
