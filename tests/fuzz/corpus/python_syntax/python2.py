print "loss: %f" % loss,
except Error, e:
