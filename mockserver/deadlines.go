package mockserver

// deadlines is a heap of exchanges by the time at which each is to go on, the
// earliest first. Four children a node: fewer levels, and siblings share a cache line.
type deadlines []deadline

type deadline struct {
	at int64
	ex *exchange
}

const noDeadline = int64(1<<63 - 1)

// first is the earliest time, or noDeadline.
func (d deadlines) first() int64 {
	if len(d) == 0 {
		return noDeadline
	}
	return d[0].at
}

func (d *deadlines) push(at int64, ex *exchange) {
	*d = append(*d, deadline{})
	d.up(len(*d)-1, deadline{at, ex})
}

// remove takes out an exchange that is in the heap.
func (d *deadlines) remove(ex *exchange) {
	i := int(ex.place)
	last := len(*d) - 1
	moved := (*d)[last]
	(*d)[last] = deadline{}
	*d = (*d)[:last]
	ex.place = -1
	if i == last {
		return
	}
	if i > 0 && moved.at < (*d)[(i-1)/4].at {
		d.up(i, moved)
	} else {
		d.down(i, moved)
	}
}

func (d deadlines) put(i int, v deadline) {
	d[i] = v
	v.ex.place = int32(i)
}

// up puts v at i, or at the place of the first ancestor that is later.
func (d deadlines) up(i int, v deadline) {
	for i > 0 {
		parent := (i - 1) / 4
		if d[parent].at <= v.at {
			break
		}
		d.put(i, d[parent])
		i = parent
	}
	d.put(i, v)
}

// down puts v at i, or below the descendants that are earlier.
func (d deadlines) down(i int, v deadline) {
	for {
		least := 4*i + 1
		if least >= len(d) {
			break
		}
		for c := least + 1; c < min(4*i+5, len(d)); c++ {
			if d[c].at < d[least].at {
				least = c
			}
		}
		if d[least].at >= v.at {
			break
		}
		d.put(i, d[least])
		i = least
	}
	d.put(i, v)
}
