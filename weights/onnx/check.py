# Runs an ONNX model that this project wrote in onnxruntime and compares it with a reference of
# ../shared/ref/goldens.  Needs onnx, onnxruntime, numpy.  Usage: check.py MODEL.onnx GOLDEN.npz
import sys, numpy as np, onnx, onnxruntime
onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)
golden = np.load(sys.argv[2])
run = onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider']).run
for name, value in zip(('logits', 'prob'), run(['logits', 'prob'], {'x': golden['x']})):
    print('%s: largest difference %.2g of %.3g' % (name, np.abs(value - golden[name]).max(), np.abs(golden[name]).max()))
    assert np.abs(value - golden[name]).max() <= 2e-6 * np.abs(golden[name]).max(), name
