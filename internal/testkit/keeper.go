package testkit

import (
	"fmt"
	"io"
	"os/exec"
	"strconv"
)

// keeper is a shell that outlives us by a moment: when its standard input
// closes, because we let go or died in whatever way, it ends the server and
// removes its folder. Without it a test process that ends without Main, or is
// killed, would leave a cluster's folder behind each time.
type keeper struct {
	cmd *exec.Cmd
	end io.Closer
}

const keeperScript = `cat >/dev/null
kill -QUIT "$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.2; done
rm -rf -- "$2"`

func keep(pid int, dir string) (*keeper, error) {
	cmd := exec.Command("sh", "-c", keeperScript, "keeper", strconv.Itoa(pid), dir)
	end, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the keeper: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the keeper: %w", err)
	}
	return &keeper{cmd, end}, nil
}

// release lets the keeper do its work and waits for it.
func (k *keeper) release() {
	_ = k.end.Close()
	_ = k.cmd.Wait() // kill of a server already gone is no news
}
