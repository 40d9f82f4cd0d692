package mockserver

// deadlines is a heap of items by the time at which each is to go on, the earliest
// first. Four children a node: fewer levels, and siblings share a cache line.
type deadlines[T placed] []deadline[T]

type deadline[T placed] struct {
	at   int64
	item T
}

// placed is told its place in the heap, to be taken out of it again; -1 is none.
type placed interface{ moved(place int32) }

const noDeadline = int64(1<<63 - 1)

// first is the earliest time, or noDeadline.
func (d deadlines[T]) first() int64 {
	if len(d) == 0 {
		return noDeadline
	}
	return d[0].at
}

func (d *deadlines[T]) push(at int64, item T) {
	*d = append(*d, deadline[T]{})
	d.up(len(*d)-1, deadline[T]{at, item})
}

// remove takes out what is at a place.
func (d *deadlines[T]) remove(place int32) {
	i := int(place)
	last := len(*d) - 1
	(*d)[i].item.moved(-1)
	moved := (*d)[last]
	(*d)[last] = deadline[T]{}
	*d = (*d)[:last]
	switch {
	case i == last:
	case i > 0 && moved.at < (*d)[(i-1)/4].at:
		d.up(i, moved)
	default:
		d.down(i, moved)
	}
}

func (d deadlines[T]) put(i int, v deadline[T]) {
	d[i] = v
	v.item.moved(int32(i))
}

// up puts v at i, or at the place of the first ancestor that is later.
func (d deadlines[T]) up(i int, v deadline[T]) {
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
func (d deadlines[T]) down(i int, v deadline[T]) {
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
