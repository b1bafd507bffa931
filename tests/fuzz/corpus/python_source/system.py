import os, sys, subprocess
os.system("touch /tmp/x")
class Net(os.path.join("a", sys.argv[1]).__class__):
    x = subprocess.run(["ls"])
    def __init__(self):
        open("/etc/passwd").read(); eval("1"); exec("x=1"); __import__("os").system("ls")
