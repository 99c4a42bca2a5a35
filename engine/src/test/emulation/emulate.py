"""Runs emitted x86-64 code for instruction sets that a machine may lack, as objdump decodes it.

    python3 emulate.py FILE...

Each file describes a call of the code, what it must leave in memory and which lines it must prefetch, as EmulatedKernelsTest writes it. For each file, a line
`ok` or what differs is printed. Registers are bytes and ints, and every operation is written down here from Intel's manual (Intel 64
and IA-32 Architectures Software Developer's Manual, volume 2), so neither the assembler nor the processor is trusted. Only the
instructions that matrix products use are known. Not known: tile instructions and masks.
"""

import re
import struct
import subprocess
import sys
import tempfile

NAMES = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()
GENERAL = {name: i for i, name in enumerate(NAMES)}
GENERAL_32 = {name: i for i, name in enumerate("eax ecx edx ebx esp ebp esi edi r8d r9d r10d r11d r12d r13d r14d r15d".split())}
WIDTHS = {"x": 16, "y": 32, "z": 64}
LINE = 64
STACK = 0x10000
STACK_BYTES = 4096


def lanes(code, data):
    return struct.unpack(f"<{len(data) // struct.calcsize(code)}{code}", data)


def packed(code, values):
    return struct.pack(f"<{len(values)}{code}", *values)


def wrapped(value, bits):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> bits - 1 else value


def fp32(value):
    """Rounds to fp32; too large values become infinite, as the processor has it."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def fma(a, b, c):
    """a * b + c, rounded once. The product of two fp32 is exact in fp64; the sum is rounded to odd, and then to fp32."""
    product = a * b
    total = product + c
    if total - total != 0 or total == 0:
        return fp32(total)
    part = total - product
    error = (product - (total - part)) + (c - part)
    if error != 0:
        bits = struct.unpack("<q", struct.pack("<d", total))[0]
        if bits & 1 == 0:
            bits += 1 if (error > 0) == (total > 0) else -1
            total = struct.unpack("<d", struct.pack("<q", bits))[0]
    return fp32(total)


class Memory:
    def __init__(self):
        self.regions = []

    def add(self, start, data):
        self.regions.append((start, bytearray(data)))

    def place(self, address, count):
        for start, data in self.regions:
            if start <= address and address + count <= start + len(data):
                return data, address - start
        raise Fault(f"access to {count} bytes at {address:#x}, where nothing is")

    def read(self, address, count):
        data, at = self.place(address, count)
        return bytes(data[at : at + count])

    def write(self, address, values):
        data, at = self.place(address, len(values))
        data[at : at + len(values)] = values


class Fault(Exception):
    pass


def decode(code):
    """Instructions by address: mnemonic and operands in Intel's order, and the address of the next one."""
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(code)
        file.flush()
        flags = ["-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "--no-show-raw-insn"]
        listing = subprocess.run(["objdump", *flags, file.name], capture_output=True, text=True, check=True).stdout
    found = []
    for line in listing.splitlines():
        match = re.match(r"\s+([0-9a-f]+):\t(?:\{vex\} )?(\S+)\s*([^#]*)", line)
        if match:
            operands = [each.strip() for each in re.split(r",(?![^\[]*\])", match[3]) if each.strip()]
            found.append((int(match[1], 16), match[2], operands))
    return found


class Machine:
    def __init__(self, memory, arguments):
        self.memory = memory
        memory.add(STACK, bytes(STACK_BYTES))
        self.general = [0] * 16
        self.general[GENERAL["rsp"]] = STACK + STACK_BYTES - 8
        for name, value in arguments.items():
            self.general[GENERAL[name]] = value
        self.vectors = [bytes(64)] * 32
        self.zero = False
        self.prefetched = set()

    def address(self, operand):
        total = 0
        for sign, part in re.findall(r"([+-]?)([^+-]+)", re.search(r"\[(.*)\]", operand)[1]):
            register, _, scale = part.partition("*")
            value = self.general[GENERAL[register]] * int(scale or "1") if register in GENERAL else int(part, 16)
            total += -value if sign == "-" else value
        return total & (1 << 64) - 1

    def vector(self, operand):
        return WIDTHS[operand[0]], int(operand[3:])

    def source(self, operand, count):
        """A vector register, memory, or four bytes of memory that all lanes get."""
        if "[" not in operand:
            return self.vectors[self.vector(operand)[1]][:count]
        if "BCST" in operand or "{1to" in operand:
            return self.memory.read(self.address(operand), 4) * (count // 4)
        return self.memory.read(self.address(operand), count)

    def run(self, code):
        instructions = decode(code)
        at = {address: i for i, (address, _, _) in enumerate(instructions)}
        i = 0
        while True:
            _, name, operands = instructions[i]
            i += 1
            if name == "ret":
                return
            if name == "jne":
                if not self.zero:
                    i = at[int(operands[0], 16)]
            elif name.startswith("v") and operands:
                self.step_vector(name, operands)
            elif name.startswith("prefetch"):
                self.prefetched.add(self.address(operands[0]) // LINE)
            elif name != "vzeroupper":
                self.step(name, operands)

    def step(self, name, operands):
        general, memory, stack = self.general, self.memory, GENERAL["rsp"]
        target = operands[0]
        if name == "push":
            general[stack] -= 8
            memory.write(general[stack], general[GENERAL[target]].to_bytes(8, "little"))
        elif name == "pop":
            general[GENERAL[target]] = int.from_bytes(memory.read(general[stack], 8), "little")
            general[stack] += 8
        elif name == "lea":
            general[GENERAL[target]] = self.address(operands[1])
        elif name in ("mov", "movabs"):
            # A write of the low half clears the upper one.
            general[{**GENERAL, **GENERAL_32}[target]] = self.number(operands[1])
        elif name in ("add", "sub", "dec"):
            register = GENERAL[target]
            value = 1 if name == "dec" else self.number(operands[1])
            general[register] = (general[register] + (value if name == "add" else -value)) & (1 << 64) - 1
            self.zero = general[register] == 0
        else:
            raise Fault(f"unknown instruction {name} {operands}")

    def number(self, operand):
        if operand in GENERAL:
            return self.general[GENERAL[operand]]
        if operand in GENERAL_32:
            return self.general[GENERAL_32[operand]] & 0xFFFFFFFF
        if "[" in operand:
            return int.from_bytes(self.memory.read(self.address(operand), 8), "little")
        return int(operand, 16) & (1 << 64) - 1

    def step_vector(self, name, operands):
        if "[" in operands[0]:
            count, register = self.vector(operands[1])
            if name != "vmovups":
                raise Fault(f"unknown store {name}")
            self.memory.write(self.address(operands[0]), self.vectors[register][:count])
            return
        count, target = self.vector(operands[0])
        # What a register has beyond the vector becomes zero.
        self.vectors[target] = self.result(name, operands, count, target).ljust(64, b"\0")

    def result(self, name, operands, count, target):
        one = operands[1]
        if name == "vmovups":
            return self.source(one, count)
        if name == "vpbroadcastd":
            if one in GENERAL_32:
                return struct.pack("<I", self.number(one)) * (count // 4)
            return self.memory.read(self.address(one), 4) * (count // 4)
        if name in ("vbroadcasti32x4", "vbroadcasti128"):
            return self.memory.read(self.address(one), 16) * (count // 16)
        if name in ("vpmovsxbd", "vpmovzxbd"):
            return packed("i", lanes("b" if name == "vpmovsxbd" else "B", self.source(one, count // 4)))
        if name == "vcvtph2ps":
            return packed("f", lanes("e", self.source(one, count // 2)))
        if name == "vcvtdq2ps":
            return packed("f", [float(value) for value in lanes("i", self.source(one, count))])
        if name == "vpabsb":
            return packed("B", [abs(value) for value in lanes("b", self.source(one, count))])
        if name in ("vpsrlw", "vpsllw", "vpsrad", "vpsrld", "vpslld"):
            return shifted(name, self.source(one, count), int(operands[2], 16))
        return combined(name, operands, self.vectors[target][:count], self.source(one, count), self.source(operands[2], count))


def shifted(name, data, by):
    code = "i" if name == "vpsrad" else "H" if name.endswith("w") else "I"
    mask = 0xFFFF if code == "H" else 0xFFFFFFFF
    values = lanes(code, data)
    return packed(code, [value >> by if "sr" in name else value << by & mask for value in values])


def combined(name, operands, target, one, two):
    if name in ("vpxor", "vpxord", "vpand", "vpandd", "vpor", "vpord"):
        a, b = int.from_bytes(one, "little"), int.from_bytes(two, "little")
        value = a ^ b if "xor" in name else a & b if "and" in name else a | b
        return value.to_bytes(len(one), "little")
    if name == "vpternlogd":
        return logic(int(operands[3], 16), target, one, two)
    if name == "vpshufb":
        return bytes(0 if index & 0x80 else one[(k & ~15) + (index & 15)] for k, index in enumerate(two))
    if name in ("vpsubb", "vpaddb"):
        sign = 1 if name == "vpaddb" else -1
        return bytes((a + sign * b) & 0xFF for a, b in zip(one, two))
    if name == "vpsignb":
        return bytes((a if b > 0 else -a if b < 0 else 0) & 0xFF for a, b in zip(one, lanes("b", two)))
    if name in ("vpaddw", "vpaddd", "vpsubd"):
        code, bits, sign = ("h", 16, 1) if name == "vpaddw" else ("i", 32, -1 if name == "vpsubd" else 1)
        return packed(code, [wrapped(a + sign * b, bits) for a, b in zip(lanes(code, one), lanes(code, two))])
    if name == "vpmaddubsw":
        products = [a * b for a, b in zip(one, lanes("b", two))]
        return packed("h", [max(-32768, min(32767, a + b)) for a, b in zip(products[::2], products[1::2])])
    if name == "vpmaddwd":
        products = [a * b for a, b in zip(lanes("h", one), lanes("h", two))]
        return packed("i", [wrapped(a + b, 32) for a, b in zip(products[::2], products[1::2])])
    if name == "vpdpbusd":
        products = [a * b for a, b in zip(one, lanes("b", two))]
        sums = [sum(products[k : k + 4]) for k in range(0, len(products), 4)]
        return packed("i", [wrapped(a + b, 32) for a, b in zip(lanes("i", target), sums)])
    if name == "vmulps":
        return packed("f", [fp32(a * b) for a, b in zip(lanes("f", one), lanes("f", two))])
    if name in ("vfmadd231ps", "vfnmadd231ps"):
        sign = 1 if name == "vfmadd231ps" else -1
        return packed("f", [fma(sign * a, b, c) for a, b, c in zip(lanes("f", one), lanes("f", two), lanes("f", target))])
    raise Fault(f"unknown instruction {name} {operands}")


def logic(table, one, two, three):
    """Bit by bit, the table has the result for each combination of three bits."""
    a, b, c = (int.from_bytes(each, "little") for each in (one, two, three))
    full = (1 << 8 * len(one)) - 1
    value = 0
    for row in range(8):
        if table >> row & 1:
            value |= (a if row & 4 else ~a) & (b if row & 2 else ~b) & (c if row & 1 else ~c)
    return (value & full).to_bytes(len(one), "little")


def check(path):
    memory, arguments, expected, ahead, code = Memory(), {}, [], range(0), b""
    with open(path, encoding="ascii") as file:
        for line in file:
            kind, *words = line.split()
            if kind == "code":
                code = bytes.fromhex(words[0])
            elif kind == "memory":
                memory.add(int(words[0]), bytes.fromhex(words[1]))
            elif kind == "argument":
                arguments[words[0]] = int(words[1])
            elif kind == "prefetches":
                start, count = map(int, words)
                ahead = range(start // LINE, (start + count - 1) // LINE + 1)
            else:
                expected.append((int(words[0]), bytes.fromhex(words[1])))
    machine = Machine(memory, arguments)
    try:
        machine.run(code)
    except Fault as fault:
        return str(fault)
    for address, wanted in expected:
        found = memory.read(address, len(wanted))
        wrong = sum(a != b for a, b in zip(lanes("I", found), lanes("I", wanted)))
        if wrong:
            return f"{wrong} of {len(wanted) // 4} words at {address:#x} are wrong"
    missing = len(set(ahead) - machine.prefetched)
    if missing:
        return f"{missing} of {len(ahead)} lines are not prefetched"
    return "ok"


if __name__ == "__main__":
    for each in sys.argv[1:]:
        print(each, check(each), flush=True)
